"""Connections cut around COMMIT and between client and server: a request repeated under its key acts once."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import empty_database_url
from tests.crash.cutting import run

CUTS = 300


def test_cut_connections_lose_and_double_nothing(tmp_path: Path) -> None:
    with empty_database_url("postgresql", tmp_path) as url:
        result = run(url, tmp_path, CUTS, seed_number=4711)
    assert min(result.cuts_at_commit, result.cuts_at_requests) > CUTS / 10
    assert set(result.unavailable) == {"连接中断"}, "no answer says “not done” where nobody can know"
    assert result.completions > 0
