"""What every command opens first: the settings and the runtime, with a schema that fits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from engine.errors import Refused
from engine.transaction import Runtime
from minhu.application import build_runtime
from minhu.migrate import is_current
from minhu.settings import Settings


@contextmanager
def open_runtime(settings: Settings | None = None) -> Iterator[Runtime]:
    """A runtime on a migrated database; raises Refused when `minhu migrate` is due."""
    runtime = build_runtime(settings or Settings.from_environment())
    try:
        if not is_current(runtime.database):
            raise Refused("数据库结构还不是最新，请先执行 minhu migrate")
        yield runtime
    finally:
        runtime.database.dispose()
