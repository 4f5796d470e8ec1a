"""What must be true before the first request: schema, process definitions, organisation, demo data."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select

from engine import heartbeats, process_definitions
from engine.database import Database
from engine.errors import Refused
from engine.process_definitions import Deployment
from engine.tables import deployment
from engine.transaction import SYSTEM, Runtime
from hotline import seed
from hotline.seed_people import DEMO_LOGINS
from hotline.tables import person
from minhu.migrate import migrate
from minhu.settings import Settings


def migrate_database(settings: Settings) -> bool:
    """Bring the schema up to date; True when something was applied."""
    database = Database(settings.database_url)
    try:
        return migrate(database)
    finally:
        database.dispose()


def deploy_shipped(runtime: Runtime, settings: Settings) -> Deployment | None:
    """Deploy the processes/ and forms/ this system came with, unless that was done before."""
    return deploy_once(runtime, process_definitions.read_folder(settings.processes_root))


def deploy_once(runtime: Runtime, files: Mapping[str, bytes]) -> Deployment | None:
    """Deploy once per content: what somebody deployed later is not taken back by a restart."""
    source = f"content {_fingerprint(files)}"
    with runtime.write(SYSTEM) as tx:
        if tx.connection.execute(select(deployment.c.id).where(deployment.c.source == source)).first():
            return None
        return process_definitions.deploy(tx, files, source)


def load_organisation(runtime: Runtime) -> int:
    """Departments from processes/organisation.yaml; returns how many changed."""
    with runtime.write(SYSTEM) as tx:
        return seed.load_organisation(tx)


def load_demo(runtime: Runtime) -> None:
    """People with known passwords and tickets to try things on; raises Refused where somebody works already."""
    if not is_empty(runtime):
        raise Refused("库中已有人员，未载入演示数据")
    seed.load_demo(runtime)


def is_empty(runtime: Runtime) -> bool:
    """Whether nobody has an account yet."""
    with runtime.read(SYSTEM) as tx:
        return tx.connection.execute(select(person.c.id).limit(1)).first() is None


def has_demo_people(runtime: Runtime) -> bool:
    """Whether the logins with known passwords can be used here."""
    logins = [login for login, _ in DEMO_LOGINS]
    with runtime.read(SYSTEM) as tx:
        found = select(person.c.login).where(person.c.login.in_(logins), person.c.active)
        return len(tx.connection.execute(found).all()) == len(logins)


def worker_seen(runtime: Runtime, within: timedelta) -> bool:
    """Whether any worker showed up lately."""
    return bool(heartbeats.alive(runtime, within))


def _fingerprint(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.encode() + b"\0" + hashlib.sha256(files[path]).digest())
    return digest.hexdigest()
