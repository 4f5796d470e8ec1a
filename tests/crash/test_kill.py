"""The short run; `make crash CYCLES=…` is the long one. SQLite: one server. PostgreSQL: two servers, two workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import KINDS, empty_database_url
from tests.crash.harness import run

CYCLES = 150


@pytest.mark.parametrize("kind", KINDS)
def test_kill_9_loses_doubles_and_half_does_nothing(kind: str, tmp_path: Path) -> None:
    with empty_database_url(kind, tmp_path) as url:
        result = run(url, tmp_path, CYCLES, seed_number=12345)
    assert result.kills >= CYCLES
    assert result.interrupted > 0, "no kill hit a request: nothing was shown"
    assert result.completions > CYCLES / 2
    assert min(result.timers, result.messages, result.suspensions, result.delivered) > 0
