"""Draws: collects the parts of one process, its called processes, forms and first variables."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

from tests.engine.conftest import form
from tests.engine.diagrams import HEAD, end, files, flow, start
from tests.models.reference import Data, World


class Paper:
    """One model's files; `part` adds to the scope that is being drawn."""

    def __init__(self) -> None:
        self.numbers: Iterator[int] = itertools.count(1)
        self.scopes: list[list[str]] = []
        self.outside: list[str] = []
        self.processes: dict[str, str] = {}
        self.tasks: dict[str, list[tuple[str, str]]] = {}  # process key → (task, fields) of its user tasks
        self.keys: list[str] = []
        self.asked: dict[str, Callable[[World], list[Data]]] = {}  # the answers that a user task may get
        self.variables: Data = {}

    def name(self, kind: str) -> str:
        """A new id."""
        return f"{kind}{next(self.numbers)}"

    def part(self, text: str) -> None:
        """Into the scope that is being drawn."""
        self.scopes[-1].append(text)

    def flow(self, source: str, target: str, condition: str | None = None) -> None:
        """A sequence flow."""
        self.part(flow(source, target, condition))

    def form(self, task: str, fields: dict[str, str]) -> None:
        """The form of a user task in the process that is being drawn."""
        self.tasks.setdefault(self.keys[-1], []).extend((task, f"{k}:{v}") for k, v in (fields or {"": ""}).items())

    def open_scope(self) -> None:
        """Draw a sub-process."""
        self.scopes.append([])

    def close_scope(self) -> str:
        """Its content."""
        return "".join(self.scopes.pop())

    def process(self, key: str, draw: object) -> None:
        """A whole process around a block."""
        self.keys.append(key)
        self.open_scope()
        first, last = draw(self)  # type: ignore[operator]
        self.part(start(f"{key}_start") + end(f"{key}_end"))
        self.flow(f"{key}_start", first)
        self.flow(last, f"{key}_end")
        self.processes[key] = self.close_scope()
        self.keys.pop()

    def files(self) -> dict[str, bytes]:
        """Ready to deploy."""
        documents = []
        for key, body in self.processes.items():
            text = f'<bpmn:process id="{key}" name="{key}" isExecutable="true">{body}</bpmn:process></bpmn:definitions>'
            documents.append((key, (HEAD.format(key=key) + "".join(self.outside) + text).encode()))
        forms: dict[str, dict[str, str]] = {}
        for key, tasks in self.tasks.items():
            for task, field in tasks:
                name, _, kind = field.partition(":")
                forms.setdefault(f"{key}/{task}", {}).update({name: kind} if name else {})
        return files(*documents, forms={path: form(**fields) for path, fields in forms.items()})
