"""make fuzz EXAMPLES=1000: whatever the API's own description allows, and what it does not, is never a 5xx."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, strategies
from schemathesis import GenerationMode
from sqlalchemy import insert, select

from api.application import create
from engine.tables import incident, process_definition, process_instance, user_task
from engine.transaction import SYSTEM, Runtime, new_id
from hotline.roles import PERMISSIONS
from hotline.sessions import hash_of
from hotline.tables import api_token, attachment, department, notice, person, ticket
from minhu.application import build_runtime
from tests import postgres
from tests.api.serving import serving
from tests.conftest import KINDS, FakeClock
from tests.server import demo_database_url, settings_for

LOGINS = ("administrator", "process_owner", "center_head", "intake1")  # together they may do nearly everything
PATIENCE_SECONDS = 60
COLUMNS = {  # path parameter → where real values are; people are left out, so that nobody locks our callers out
    "instance_id": process_instance.c.id,
    "task_id": user_task.c.id,
    "number": ticket.c.number,
    "definition_id": process_definition.c.id,
    "incident_id": incident.c.id,
    "attachment_id": attachment.c.id,
    "notice_id": notice.c.id,
    "department_id": department.c.id,
}


@dataclass
class Findings:
    """Statuses answered, and what should not have been."""

    statuses: Counter[int] = field(default_factory=Counter)
    wrong: dict[str, str] = field(default_factory=dict)  # operation → first bad answer


def fuzz(runtime: Runtime, examples: int, seed_number: int) -> Findings:
    """`examples` requests to every operation, half of them with ids that exist, by people with different posts."""
    findings = Findings()
    with serving(runtime) as base_url:
        callers = [{"Authorization": f"Bearer {_token(runtime, login)}"} for login in LOGINS]
        real = _real_ids(runtime)
        with warnings.catch_warnings(), requests.Session() as session:
            warnings.simplefilter("ignore")  # of the generators, not ours
            session.trust_env = False
            for found in schemathesis.openapi.from_dict(create(runtime).openapi()).get_all_operations():
                _try(found.ok(), examples, seed_number, Caller(base_url, session, callers, real, findings))
    return findings


@dataclass
class Caller:
    """Sends one generated request and looks at the answer."""

    base_url: str
    session: requests.Session
    identities: list[dict[str, str]]
    real: dict[str, list[str]]
    findings: Findings

    def send(self, case: Any, data: Any) -> None:
        for name in case.path_parameters or {}:
            if self.real.get(name) and data.draw(strategies.booleans()):
                case.path_parameters[name] = data.draw(strategies.sampled_from(self.real[name]))
        headers = data.draw(strategies.sampled_from(self.identities))
        try:
            answer = case.call(base_url=self.base_url, session=self.session, headers=headers, timeout=PATIENCE_SECONDS)
        except (requests.exceptions.InvalidHeader, UnicodeError, ValueError):
            return  # cannot be sent at all
        path = urlsplit(str(answer.request.url)).path
        if not path.startswith("/api/") or "%0A" in path:
            return  # “..” as an id the client resolves, a line break no mounted application gets to see
        self.findings.statuses[answer.status_code] += 1
        kind = answer.headers.get("content-type", [""])[0]
        is_problem = answer.status_code < 400 or kind == "application/problem+json"
        logged_out = answer.status_code == 401 and case.operation.label != "POST /sessions"
        if answer.status_code >= 500 or logged_out or not is_problem:
            text = (
                f"{answer.status_code} {kind} {answer.text[:300]} ← {answer.request.url} {case.as_curl_command()[:500]}"
            )
            self.findings.wrong.setdefault(case.operation.label, text)


def _try(operation: Any, examples: int, seed_number: int, caller: Caller) -> None:
    strategy = strategies.one_of(
        *(operation.as_strategy(generation_mode=mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE))
    )

    @hypothesis.seed(seed_number)
    @hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=strategy, data=strategies.data())
    def attempt(case: Any, data: Any) -> None:
        caller.send(case, data)

    attempt()


def _token(runtime: Runtime, login: str) -> str:
    """A token of this person that may do whatever the person may; a session would end with the first logout."""
    secret = f"minhu_{secrets.token_hex(16)}"
    with runtime.write(SYSTEM) as tx:
        owner = tx.connection.execute(select(person.c.id).where(person.c.login == login)).scalar_one()
        row = {"id": new_id(), "name": "fuzz", "person_id": owner, "token_hash": hash_of(secret), "created_at": tx.now}
        tx.connection.execute(insert(api_token).values({**row, "scopes": json.dumps(list(PERMISSIONS))}))
    return secret


def _real_ids(runtime: Runtime) -> dict[str, list[str]]:
    with runtime.read(SYSTEM) as tx:
        return {
            name: list(tx.connection.execute(select(column).limit(20)).scalars()) for name, column in COLUMNS.items()
        }


@click.command()
@click.option("--examples", default=1000, show_default=True, help="requests per operation and database")
@click.option("--seed", type=int, default=None, help="repeat a run")
def main(examples: int, seed: int | None) -> None:
    """Send EXAMPLES requests to every operation of the API, on both databases."""
    seed = secrets.randbelow(10**6) if seed is None else seed
    click.echo(f"seed {seed}")
    postgres.begin_run()
    failed = False
    try:
        for kind in KINDS:
            with tempfile.TemporaryDirectory() as folder:
                os.environ["ATTACHMENTS_DIR"] = str(Path(folder) / "attachments")
                with demo_database_url(kind, Path(folder)) as url:
                    runtime = build_runtime(settings_for(url, Path(folder)), FakeClock())
                    findings = fuzz(runtime, examples, seed)
                    runtime.database.dispose()
            click.echo(f"{kind}: {sum(findings.statuses.values())} requests, {dict(findings.statuses)}")
            for operation, text in findings.wrong.items():
                click.echo(f"  {operation}: {text}")
            failed = failed or bool(findings.wrong)
    finally:
        postgres.end_run()
    raise SystemExit(failed)


if __name__ == "__main__":
    main()
