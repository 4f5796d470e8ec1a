"""The shipped processes in a test's database: checked and compiled once per test process, then copied row by row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from engine.process_definitions import read_folder
from engine.tables import audit_entry, definition_file, deployment, process_definition, resource
from engine.transaction import SYSTEM, Runtime
from minhu import startup

ROOT = Path(__file__).resolve().parent.parent
TABLES = (resource, deployment, process_definition, definition_file, audit_entry)  # parents first
_rows: list[list[dict[str, Any]]] = []  # by table, as the first real deployment wrote them
_compiled: dict[str, Any] = {}


def deploy(runtime: Runtime) -> None:
    """What `startup.deploy_shipped` leaves in a database without definitions; what was compiled is shared."""
    runtime.compiled = _compiled
    if not _rows:
        startup.deploy_once(runtime, read_folder(ROOT))
        with runtime.read(SYSTEM) as tx:
            for table in TABLES:
                query = select(table)
                if table is audit_entry:
                    query = query.where(audit_entry.c.stream == "definitions")
                _rows.append([dict(row._mapping) for row in tx.connection.execute(query)])
        return
    with runtime.write(SYSTEM) as tx:
        for table, rows in zip(TABLES, _rows, strict=True):
            tx.connection.execute(insert(table), rows)
