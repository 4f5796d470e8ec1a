"""A long run in rounds: what each one showed is a line of a file, so that a run that was stopped goes on later."""

from __future__ import annotations

import json
import secrets
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from tests.conftest import ROOT


class Rounds:
    """Counts what was done of each sort; without a file only of this run."""

    def __init__(self, path: Path | None, seed: int | None) -> None:
        self._path = path
        self._lines: list[dict[str, Any]] = []
        if path is not None and path.exists():
            self._lines = [json.loads(line) for line in path.read_text().splitlines()]
        self._seed = secrets.randbelow(10**6) if seed is None else seed

    def until(self, total: int, size: int, sorts: tuple[str, ...], run: Callable[[str, int, int], Any]) -> None:
        """`run(sort, how many, seed)` → a dataclass, in turns, until each sort was done `total` times."""
        while behind := [sort for sort in sorts if self._done(sort) < total]:
            sort = min(behind, key=self._done)
            many = min(size, total - self._done(sort))
            seed = self._seed + sum(line["many"] for line in self._lines)
            click.echo(f"{sort}: {many} more after {self._done(sort)}, seed {seed}")
            started = time.monotonic()
            result = run(sort, many, seed)
            self._note({"sort": sort, "many": many, "seed": seed, "seconds": round(time.monotonic() - started)}, result)
        for sort in sorts:
            click.echo(f"{sort}: {self._sum(sort)}: nothing lost, doubled, half-done")

    def _done(self, sort: str) -> int:
        return sum(line["many"] for line in self._lines if line["sort"] == sort)

    def _note(self, line: dict[str, Any], result: Any) -> None:
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
        line |= {"commit": commit.stdout.strip(), "result": asdict(result)}
        self._lines.append(line)
        text = json.dumps(line, ensure_ascii=False)
        click.echo(text)
        if self._path is not None:
            with self._path.open("a") as file:
                file.write(text + "\n")

    def _sum(self, sort: str) -> dict[str, int]:
        total: Counter[str] = Counter()
        for line in self._lines:
            if line["sort"] == sort:
                numbers = {name: value for name, value in line["result"].items() if isinstance(value, int)}
                total.update({"many": line["many"], "seconds": line["seconds"], **numbers})
        return dict(total)
