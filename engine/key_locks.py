"""One writer at a time under a business key: whoever steps, starts, correlates or audits there holds its row first."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.tables import key_lock, process_instance
from engine.transaction import Transaction

_HOLD = select(key_lock.c.business_key).where(key_lock.c.business_key == bindparam("of_key")).with_for_update()
_INSERTS: dict[bool, Any] = {
    is_sqlite: dialect.insert(key_lock).on_conflict_do_nothing().returning(key_lock.c.business_key)
    for is_sqlite, dialect in ((True, sqlite), (False, postgresql))
}


def hold(tx: Transaction, business_key: str) -> bool:
    """Keep everybody else out until this transaction ends; True when nothing ever ran under the key before."""
    if _held(tx, business_key):
        return False
    made = tx.connection.execute(_INSERTS[tx.runtime.database.is_sqlite], {"business_key": business_key}).first()
    return made is not None or not _held(tx, business_key)


def locking(instances: Select[Any], *, skip_locked: bool = False) -> Select[Any]:
    """The statement, which must select from process_instance, locking the rows it finds: each key's before its own."""
    joined = instances.join(key_lock, key_lock.c.business_key == process_instance.c.business_key)
    return joined.with_for_update(of=[key_lock, process_instance], skip_locked=skip_locked)


def _held(tx: Transaction, business_key: str) -> bool:
    return tx.connection.execute(_HOLD, {"of_key": business_key}).first() is not None
