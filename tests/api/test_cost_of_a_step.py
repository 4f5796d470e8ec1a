"""What one completed task costs the database, counted at the real server: authentication to commit."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.serving import Office
from tests.api.test_main_path import travel
from tests.counting import Count, counted

MOST_STATEMENTS = 12


def test_each_completion_of_the_main_path_takes_at_most_twelve_statements_and_one_commit(
    working_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs: dict[str, tuple[list[str], int]] = {}
    with counted(working_office.runtime.database.engine) as count:
        monkeypatch.setattr(Office, "stranger", _with_counted_clients(Office.stranger, count, costs))
        travel(working_office)
    assert len(costs) > 15
    for url, (statements, commits) in costs.items():
        assert commits == 1, url
        assert len(statements) <= MOST_STATEMENTS, "\n".join(" ".join(s.split())[:150] for s in statements)


def _with_counted_clients(make: Any, count: Count, costs: dict[str, tuple[list[str], int]]) -> Any:
    def note(answer: httpx.Response) -> None:
        if str(answer.request.url).endswith("/complete"):
            costs[str(answer.request.url)] = (list(count.statements), count.commits)

    def stranger(office: Office, **headers: str) -> httpx.Client:
        client: httpx.Client = make(office, **headers)
        client.event_hooks = {"request": [lambda _request: count.reset()], "response": [note]}
        return client

    return stranger
