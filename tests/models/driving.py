"""Drives a model: the engine kept in memory, the engine restored before every step, and the reference, side by side."""

from __future__ import annotations

import functools
import random
import tempfile
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from engine import gate
from engine.diagram_functions import EFFECT_FUNCTIONS
from engine.expressions import PURE_FUNCTIONS
from engine.spiff import state_codec
from engine.spiff.attempts import Attempts
from engine.spiff.compiled import CompiledProcess, compile_process
from engine.spiff.execution import Execution
from engine.spiff.script_engine import ScriptEngine
from tests.models.generate import Model, model
from tests.models.reference import BEGINNING, Offer, World

MOST_STEPS = 100  # three times the longest of 10,000 paths: whoever needs more goes round for ever


class Disagreement(AssertionError):
    """The engine did not do what the model says."""


class Runner(Protocol):
    """An instance as the comparison sees it."""

    name: str
    visited: Counter[str]
    audit: list[Any]
    ended: bool
    due: datetime | None
    variables: dict[str, Any]
    failures: list[str]

    def open(self) -> list[str]:
        """The open tasks by element id."""
        ...

    def do(self, offer: Offer, data: dict[str, Any]) -> None:
        """One step."""
        ...


def items(variables: dict[str, Any]) -> tuple[int, ...]:
    """Of which instances of multi-instances a task is part, the outermost first."""
    return tuple(sorted(value for name, value in variables.items() if name.startswith("e_")))


class Engine:
    """One instance without a database; `restart` saves it after every step and restores it before the next."""

    def __init__(self, compiled: CompiledProcess, variables: dict[str, Any], *, restart: bool) -> None:
        self.compiled, self.restart, self.now = compiled, restart, BEGINNING
        self.name = "restored" if restart else "in memory"
        self.visited: Counter[str] = Counter()
        self.audit: list[Any] = []
        self.inbox: list[str] = []  # messages thrown that nobody has waited for yet
        self.script = self._script()
        self.execution = Execution.start(compiled, variables, self.script)
        self._run()
        self._look()

    def _script(self) -> ScriptEngine:
        return ScriptEngine(self.now, dict(PURE_FUNCTIONS), dict.fromkeys(EFFECT_FUNCTIONS, print), lambda: None)

    def _look(self) -> None:
        change = self.execution.change()
        self.visited.update(element for _, element in change.entered)
        self.audit.append([sorted(part) for part in (change.entered, change.completed, change.cancelled, change.flows)])
        self.ended = self.execution.completed
        self.tasks = [(task.element.id, task.id) for task in self.execution.open_tasks()]
        self.items = {task.id: task.variables for task in self.execution.open_tasks()}
        self.variables = self.execution.variables()
        self.due = self.execution.next_due()
        self.failures = [failure.message for failure in self.execution.failures()]
        # without a restart it is read only when an activity fails, which starts the step over
        self.blob = self.execution.dump() if self.restart else state_codec.dump(self.execution.workflow)

    def open(self) -> list[str]:
        """The open tasks by element id."""
        return sorted(element for element, _ in self.tasks)

    def do(self, offer: Offer, data: dict[str, Any]) -> None:
        """One step."""
        if offer.kind == "time":
            self.now = BEGINNING + timedelta(seconds=offer.due)
        self.script = script = self._script()
        if self.restart:
            self.execution = Execution.restore(self.compiled, self.blob, script)
        else:
            load = functools.partial(state_codec.load, self.compiled, self.blob, script)
            self.execution = Execution(self.compiled, Attempts(load, script, hot=self.execution.workflow))
        self.execution.run()
        if offer.kind == "task":
            self.execution.complete(self._task(offer), data)
        elif offer.kind == "message" and not self.execution.correlate(offer.name, {}):
            raise Disagreement(f"nobody waits for the message {offer.name}")
        elif offer.kind == "signal" and not self.execution.signal(offer.name, {}):
            raise Disagreement(f"nobody waits for the signal {offer.name}")
        self._run()
        self._look()

    def _run(self) -> None:
        """What it throws itself reaches it as it does in the database: when all is quiet, now or later."""
        posted = 0
        while True:
            self.execution.run()
            self.inbox += [message.name for message in self.script.thrown_messages[posted:]]
            posted = len(self.script.thrown_messages)
            taken = next((name for name in self.inbox if self.execution.correlate(name, {}, early=True)), None)
            if taken is None:
                return
            self.inbox.remove(taken)

    def _task(self, offer: Offer) -> str:
        """The one with the same item, when there are several of one element."""
        of_element = [task_id for element, task_id in self.tasks if element == offer.name]
        for task_id in of_element:
            if offer.item == items(self.items[task_id]):
                return task_id
        raise Disagreement(f"task {offer.name} with item {offer.item} is not open")


def drive(made: Model, ready: CompiledProcess, seed: int, *others: Runner) -> int:
    """One random path to the end, compared after every step; how many steps it took."""
    chance = random.Random(seed)
    world = made.begin()
    engines = [Engine(ready, dict(made.variables), restart=restart) for restart in (False, True)]
    runners: list[Runner] = [*engines, *others]
    history: list[str] = []
    for step in range(MOST_STEPS):
        _compare(world, runners, history)
        if world.ended:
            return step
        offer = chance.choice(world.possible())
        data = dict(chance.choice(offer.choices()))
        history.append(f"{offer.kind} {offer.name} {data}")
        world.happen(offer, data)
        for runner in runners:
            try:
                runner.do(offer, data)
            except Exception as error:
                raise Disagreement(f"{runner.name}, after {history}: {error!r}") from error
    raise Disagreement(f"not ended after {MOST_STEPS} steps, the last ones {history[-10:]}")


def _compare(world: World, runners: list[Runner], history: list[str]) -> None:
    for runner in runners:
        told = f"{runner.name}, after {history}"
        expected = sorted(offer.name for offer in world.open() if offer.kind == "task")
        if runner.failures:
            raise Disagreement(f"{told}: failed {runner.failures}")
        if (runner.open(), runner.ended) != (expected, world.ended):
            raise Disagreement(f"{told}: {runner.open()}, ended {runner.ended}; expected {expected}, {world.ended}")
        due = world.due()
        seconds = (runner.due - BEGINNING).total_seconds() if runner.due else None
        if seconds != (due.due if due else None):
            raise Disagreement(f"{told}: next due {seconds}, expected {due.due if due else None}")
        if runner.visited != world.visited:
            more, less = runner.visited - world.visited, world.visited - runner.visited
            raise Disagreement(f"{told}: visited too often {dict(more)}, too rarely {dict(less)}")
    first, *rest = runners
    for runner in rest:
        if runner.audit[-1] != first.audit[-1]:
            raise Disagreement(f"after {history}: audit {first.audit[-1]} in memory, {runner.audit[-1]} {runner.name}")
        if runner.variables != first.variables:
            raise Disagreement(f"after {history}: {first.variables} in memory, {runner.variables} {runner.name}")


def check(seed: int, paths: int) -> int:
    """Gate and paths of one model; how many steps. A failure names the seed and the file that holds the diagram."""
    made = model(seed)
    path = 0
    try:
        refused = [f for f in gate.check(made.files, frozenset(PURE_FUNCTIONS)) if f.severity == "error"]
        if refused:
            raise Disagreement(f"the gate refuses a sound model: {refused}")
        ready, steps = compiled(made), 0
        for path in range(paths):
            steps += drive(made, ready, seed * 1000 + path)
    except Exception as error:
        raise Disagreement(f"model {seed}, path {path}, {_kept(made)}: {error!r}") from error
    return steps


def _kept(made: Model) -> str:
    """The folder to which a failing model was written."""
    folder = Path(tempfile.mkdtemp(prefix=f"model_{made.seed}_"))
    for name, content in made.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return str(folder)


def compiled(made: Model) -> CompiledProcess:
    """Ready to run."""
    return compile_process("p", made.files)
