"""minhu backup and restore: one file, either database, all or nothing."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine import audit, user_tasks
from engine.audit import ChainBroken
from engine.database import Database
from engine.errors import Refused
from engine.tables import audit_entry, metadata
from engine.transaction import SYSTEM, Runtime
from hotline import attachments, persons, seed_people, tickets
from hotline.access import Principal, principal_for
from hotline.attachments import Upload
from hotline.new_ticket import NewTicket
from minhu import backup, restore
from minhu.archive import ArchiveDamaged
from tests.answers import fill, schema_of
from tests.conftest import FakeClock, empty_database_url
from tests.infra.test_command_line import run

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154"
    "789c63f8cfc0f01f0005000100ff8a1d3c5b0000000049454e44ae426082"
)


def intake(runtime: Runtime) -> Principal:
    with runtime.read(SYSTEM) as tx:
        found = persons.by_login(tx, "intake1")
        assert found is not None
        return principal_for(found)


@pytest.fixture
def worked_in(office: Runtime) -> Runtime:
    """An office with people, a ticket that has moved, and an attachment."""
    with office.write(SYSTEM) as tx:
        seed_people.load(tx)
    clerk = intake(office)
    with office.write(clerk.actor) as tx:
        made = tickets.create(
            tx, clerk, NewTicket(title="楼道堆物", content="影响通行", caller_phone="13800000000", address="真光路1号")
        )
        attachments.add(tx, clerk, made.number, [Upload("现场.png", PNG)])
    with office.write(clerk.actor) as tx:
        task = user_tasks.list_page(tx, actor_scope="groups", business_key=made.number).items[0]
        user_tasks.complete(tx, task.id, fill(schema_of(task.process_key, task.form_key or "")))
    return office


def content(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that is backed up."""
    with database.read() as connection:
        return {
            each.name: sorted(
                (dict(row._mapping) for row in connection.execute(select(each))), key=lambda row: str(row)
            )
            for each in metadata.sorted_tables
            if each.name not in backup.LEFT_OUT
        }


def nothing(_rows: int) -> None:
    """No progress bar."""


def restored(file: Path, database: Database, *, force: bool = False) -> None:
    with restore.opened(file) as opened:
        restore.restore(opened, database, nothing, force=force)


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_a_backup_restores_into_either_database(
    worked_in: Runtime, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "backup.zip"
    summary = backup.write(worked_in, file, nothing)
    assert summary.attachments == 1
    monkeypatch.setenv("ATTACHMENTS_DIR", str(tmp_path / "elsewhere"))
    with empty_database_url(target, tmp_path) as url:
        database = Database(url)
        restored(file, database)
        assert content(database) == content(worked_in.database)
        again = Runtime(
            database,
            worked_in.working_days,
            worked_in.clock,
            option_catalogues=worked_in.option_catalogues,
            effects=worked_in.effects,
            on_step=worked_in.on_step,
        )
        _work_goes_on(again)
        database.dispose()


def _work_goes_on(runtime: Runtime) -> None:
    clerk = intake(runtime)
    with runtime.write(clerk.actor) as tx:
        task = user_tasks.list_page(tx, actor_scope="groups").items[0]
        user_tasks.complete(tx, task.id, fill(schema_of(task.process_key, task.form_key or "")))
        shown = attachments.list_for(tx, clerk, task.business_key)
        assert attachments.open_content(tx, clerk, shown[0].id)[1] == PNG
        assert audit.verify(tx.connection, audit.instance_stream(task.business_key)) > 2


def test_only_the_owner_can_read_the_file_and_no_login_is_in_it(worked_in: Runtime, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    backup.write(worked_in, file, nothing)
    assert file.stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob("*.partial"))
    with zipfile.ZipFile(file) as zipped:
        assert not [name for name in zipped.namelist() if "login" in name or "heartbeat" in name]


def test_a_database_with_data_is_refused_and_unchanged_until_forced(worked_in: Runtime, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    backup.write(worked_in, file, nothing)
    clerk = intake(worked_in)
    with worked_in.write(clerk.actor) as tx:
        tickets.create(tx, clerk, NewTicket(title="之后的工单", content="备份之后", address="真光路2号"))
    later = content(worked_in.database)
    with pytest.raises(Refused, match="--force"):
        restored(file, worked_in.database)
    assert content(worked_in.database) == later
    restored(file, worked_in.database, force=True)
    assert len(content(worked_in.database)["ticket"]) == len(later["ticket"]) - 1


def tampered(file: Path, member: str, change: Any, *, fix_manifest: bool = False) -> Path:
    """A copy of the backup in which one member was changed."""
    copy = file.with_name("tampered.zip")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(copy, "w") as new:
        members = {name: old.read(name) for name in old.namelist()}
        members[member] = change(members[member])
        if fix_manifest:
            manifest = json.loads(members["manifest.json"])
            table = member.removeprefix("tables/").removesuffix(".jsonl")
            manifest["tables"][table]["sha256"] = hashlib.sha256(members[member]).hexdigest()
            members["manifest.json"] = json.dumps(manifest).encode()
        for name, value in members.items():
            new.writestr(name, value)
    return copy


def test_a_changed_file_is_refused(worked_in: Runtime, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    backup.write(worked_in, file, nothing)
    changed = tampered(file, "tables/ticket.jsonl", lambda old: old.replace("楼道".encode(), "走道".encode()))
    with pytest.raises(ArchiveDamaged, match="ticket"), restore.opened(changed):
        pass


def test_a_rewritten_history_is_refused_even_with_matching_hashes(
    worked_in: Runtime, tmp_path: Path, clock: FakeClock
) -> None:
    file = tmp_path / "backup.zip"
    backup.write(worked_in, file, nothing)
    changed = tampered(
        file,
        "tables/audit_entry.jsonl",
        lambda old: old.replace(b'"actor":"intake1"', b'"actor":"intake2"'),
        fix_manifest=True,
    )
    with empty_database_url("sqlite", tmp_path) as url:
        database = Database(url)
        with pytest.raises(ChainBroken):
            restored(changed, database)
        with database.read() as connection:
            assert not database.engine.dialect.has_table(connection, "audit_entry")
        database.dispose()


@pytest.mark.parametrize("rubbish", [b"", b"no zip at all", b"PK\x03\x04 half a zip"])
def test_a_file_that_is_no_backup_is_named(rubbish: bytes, tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    file.write_bytes(rubbish)
    with pytest.raises(ArchiveDamaged, match="不是本系统的备份文件"), restore.opened(file):
        pass


def test_an_attachment_name_cannot_leave_its_folder(worked_in: Runtime, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    backup.write(worked_in, file, nothing)

    def traverse(old: bytes) -> bytes:
        manifest = json.loads(old)
        manifest["attachments"] = ["../../etc/passwd"]
        return json.dumps(manifest).encode()

    with pytest.raises(ArchiveDamaged, match="附件名称"), restore.opened(tampered(file, "manifest.json", traverse)):
        pass


def test_the_commands_back_up_restore_and_verify(worked_in: Runtime, database_url: str, tmp_path: Path) -> None:
    file = str(tmp_path / "backup.zip")
    here = {"DATABASE_URL": database_url, "ATTACHMENTS_DIR": os.environ["ATTACHMENTS_DIR"]}
    made = run("backup", file, **here)
    assert made.returncode == 0, made.stderr
    assert "1 个附件" in made.stdout
    there = {"DATABASE_URL": f"sqlite:///{tmp_path / 'there.db'}", "ATTACHMENTS_DIR": str(tmp_path / "there")}
    back = run("restore", file, **there)
    assert back.returncode == 0, back.stderr
    assert "审计链核对无误" in back.stdout
    refused = run("restore", file, **there)
    assert refused.returncode == 1
    assert "--force" in refused.stderr
    verified = run("verify", **there)
    assert verified.returncode == 0
    assert "全部完整" in verified.stdout


def test_verify_names_a_broken_chain(worked_in: Runtime, database_url: str) -> None:
    with worked_in.database.write() as connection:
        if worked_in.database.is_sqlite:
            connection.exec_driver_sql("DROP TRIGGER audit_entry_no_update")
        else:
            connection.exec_driver_sql("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_no_update")
        connection.execute(
            audit_entry.update()
            .where(audit_entry.c.stream.like("instance/%"), audit_entry.c.number == 2)
            .values(actor="somebody")
        )
    verified = run("verify", DATABASE_URL=database_url)
    assert verified.returncode == 1
    assert "第 2 条处被改动" in verified.stderr
