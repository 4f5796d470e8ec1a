"""A plugin of pytest: all tests once, then for each mutant those that execute its lines, in a process of their own."""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.mutation import mutants
from tests.mutation.mutants import Mutant

ALIVE, KILLED = 7, 8  # exit codes of a process that has looked
MOST_SECONDS = 60  # of one mutant: what never ends is noticed


@dataclass
class Mutation:
    """The plugin; `alive` holds the mutants no test notices."""

    modules: Sequence[str]
    only: str
    most_seconds: float  # of tests for one mutant, as they take without it
    say: Callable[[str], None]
    alive: list[Mutant] = field(default_factory=list)
    killed: int = 0
    _seconds: dict[pytest.Item, float] = field(default_factory=dict)
    _lines: dict[tuple[str, int], set[pytest.Item]] = field(default_factory=lambda: defaultdict(set))
    _files: dict[str, str] = field(default_factory=dict)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In the place of pytest's own loop."""
        modules = [importlib.import_module(name) for name in self.modules]
        self._files = {
            str(module.__file__): str(Path(str(module.__file__)).relative_to(Path.cwd())) for module in modules
        }
        for item in session.items:
            with self._watched(item):
                began = time.monotonic()
                if not _passes(item):
                    raise pytest.UsageError(f"{item.nodeid} is red without any mutant")
                self._seconds[item] = time.monotonic() - began
        gc.freeze()
        for module in modules:
            for mutant in mutants.of(module):
                if self.only in mutant.name:
                    self._judge(mutant)
        return True

    def _judge(self, mutant: Mutant) -> None:
        concerned = self._concerned(mutant)
        tests = self._affordable(concerned)
        killer = _killer(mutant, tests) if tests else ""
        if killer:
            self.killed += 1
            self.say(f"killed  {mutant.name}  by {killer}")
        else:
            self.alive.append(mutant)
            looked = f"{len(tests)} of {len(concerned)} tests that come here looked" if tests else "no test comes here"
            self.say(f"ALIVE   {mutant.name}  ({looked})")

    def _concerned(self, mutant: Mutant) -> list[pytest.Item]:
        """Those that execute a line of it, the quickest first."""
        found = set().union(*(self._lines.get((mutant.path, line), set()) for line in mutant.lines))
        return sorted(found, key=lambda item: self._seconds[item])

    def _affordable(self, tests: list[pytest.Item]) -> list[pytest.Item]:
        """As many as time allows: a survivor of fewer than all is to be looked at with more --seconds."""
        chosen: list[pytest.Item] = []
        left = self.most_seconds
        for item in tests:
            left -= self._seconds[item]
            if chosen and left < 0:
                break
            chosen.append(item)
        return chosen

    @contextmanager
    def _watched(self, item: pytest.Item) -> Iterator[None]:
        """Notes the lines of our modules that a test executes, in any thread."""
        noted: set[tuple[str, int]] = set()

        def line(frame: FrameType, _event: str, _argument: Any) -> Any:
            noted.add((frame.f_code.co_filename, frame.f_lineno))
            return line

        def call(frame: FrameType, _event: str, _argument: Any) -> Any:
            return line if frame.f_code.co_filename in self._files else None

        threading.settrace(call)
        sys.settrace(call)
        try:
            yield
        finally:
            sys.settrace(None)
            threading.settrace(None)  # type: ignore[arg-type]
        for path, number in noted:
            self._lines[self._files[path], number].add(item)


def _passes(item: pytest.Item) -> bool:
    reports = runtestprotocol(item, nextitem=None, log=False)
    return not any(report.failed for report in reports)


def _killer(mutant: Mutant, tests: list[pytest.Item]) -> str:
    """The first test that turns red; empty if none does."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os._exit(_look(mutant, tests, writing))
    os.close(writing)
    told = b""
    while part := os.read(reading, 4096):
        told += part
    os.close(reading)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return "" if code == ALIVE else told.decode() or f"exit code {code}"


def _look(mutant: Mutant, tests: list[pytest.Item], writing: int) -> int:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    signal.alarm(MOST_SECONDS)
    try:
        mutant.apply()
        for item in tests:
            if not _passes(item):
                os.write(writing, item.nodeid.encode())
                return KILLED
    except BaseException as error:
        os.write(writing, repr(error).encode()[:200])
        return KILLED
    return ALIVE
