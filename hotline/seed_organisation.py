"""Brings processes/organisation.yaml into the database; again and again without harm."""

from __future__ import annotations

from sqlalchemy import insert, select, update

from engine.errors import InvalidInput
from engine.transaction import Transaction
from hotline import organisation
from hotline.tables import department


def load_organisation(tx: Transaction) -> int:
    """Insert new bodies, correct known ones, delete none; returns how many rows changed."""
    known = {row.id: row for row in tx.connection.execute(select(department))}
    kinds = organisation.kind_labels()
    changed = 0
    for body in organisation.bodies():  # parents stand before their children
        if body["kind"] not in kinds:
            raise InvalidInput(f"组织机构文件中“{body['id']}”的类别“{body['kind']}”不存在，请改正。")
        wanted = {"name": body["name"], "kind": body["kind"], "parent_id": body.get("parent")}
        row = known.get(body["id"])
        if row is None:
            tx.connection.execute(insert(department).values(id=body["id"], active=True, **wanted))
        elif any(row._mapping[column] != value for column, value in wanted.items()):
            tx.connection.execute(update(department).where(department.c.id == body["id"]).values(**wanted))
        else:
            continue
        changed += 1
    return changed
