"""Draws: collects the parts of one process, its called processes, forms and first variables."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

from tests.engine.conftest import form
from tests.engine.diagrams import HEAD, files, flow
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
        self.decisions: dict[str, bytes] = {}

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

    def decision(self, name: str, content: bytes) -> None:
        """A file of decisions beside the process that is being drawn."""
        self.decisions[f"processes/{self.keys[-1]}/{name}.dmn"] = content

    def open_scope(self) -> None:
        """Draw a sub-process."""
        self.scopes.append([])

    def close_scope(self) -> str:
        """Its content, associations behind everything else, as the schema wants them."""
        return "".join(sorted(self.scopes.pop(), key=lambda part: part.startswith("<bpmn:association")))

    def process(self, key: str, draw: Callable[[Paper], None]) -> None:
        """A process; `draw` adds all that stands in it."""
        self.keys.append(key)
        self.open_scope()
        draw(self)
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
        made = files(*documents, forms={path: form(**fields) for path, fields in forms.items()})
        return {**made, **self.decisions}
