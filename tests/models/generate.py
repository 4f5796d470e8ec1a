"""Random sound models: blocks inside blocks, down to single steps; the same seed gives the same model."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass

from engine.gate import coverage
from tests.models.blocks import (
    Auto,
    Block,
    Exclusive,
    Inclusive,
    Linked,
    Many,
    Parallel,
    Repeat,
    Sequence,
    Task,
)
from tests.models.paper import Paper
from tests.models.reference import Data, Scope, World
from tests.models.scopes import Border, Box, Race, Wait

EVENTS = ("message", "signal", "timer")


@dataclass
class Model:
    """A model: its files, what it is started with, and its reference."""

    seed: int
    body: Block
    files: dict[str, bytes]
    variables: dict[str, list[int]]
    kinds: set[str]  # of blocks in it
    asked: dict[str, Callable[[World], list[Data]]]  # the answers that a user task may get

    def begin(self) -> World:
        """A run of the reference, at its first stop."""
        world = World()

        def ended() -> None:
            world.ended = True

        scope = Scope(None, ended)
        scope.enter()
        world.visit("p_start")
        self.body.begin(world, scope, (), lambda: (world.visit("p_end"), scope.leave())[1])
        return world


def model(seed: int, kinds: Collection[str] = (), size: int = 0) -> Model:
    """The model of a seed: from 5 to 14 blocks of any kind, unless it is told which."""
    maker = _Maker(random.Random(seed), size or 5 + seed % 10, kinds or KINDS)
    body = Sequence([Task(), maker.block(0), maker.block(0)])
    paper = Paper()
    paper.process("p", body.draw)
    return Model(seed, body, paper.files(), paper.variables, maker.drawn, paper.asked)


class _Maker:
    def __init__(self, chance: random.Random, size: int, kinds: Collection[str]) -> None:
        self.chance = chance
        self.left = size
        self.drawn: set[str] = set()
        self.kinds = [kind for kind in kinds if _runs(KINDS[kind])]

    def block(self, depth: int) -> Block:
        """Anything, smaller the deeper it stands."""
        self.left -= 1
        if depth > 3 or self.left <= 0:
            return self.chance.choice([Task, Task, Auto])()
        kind = self.chance.choice(self.kinds)
        self.drawn.add(kind)
        made: Block = getattr(self, f"_{kind}")(depth + 1)
        return made

    def _ways(self, depth: int, most: int = 3) -> list[Block]:
        return [self.block(depth) for _ in range(self.chance.randint(2, most))]

    def _task(self, depth: int) -> Block:
        return Task()

    def _auto(self, depth: int) -> Block:
        return Auto()

    def _sequence(self, depth: int) -> Block:
        return Sequence([self.block(depth) for _ in range(self.chance.randint(2, 3))])

    def _exclusive(self, depth: int) -> Block:
        return Exclusive(self._ways(depth))

    def _parallel(self, depth: int) -> Block:
        return Parallel(self._ways(depth), self.chance.random() < 0.3)

    def _inclusive(self, depth: int) -> Block:
        return Inclusive(self._ways(depth), self.chance.random() < 0.3)

    def _repeat(self, depth: int) -> Block:
        return Repeat(self.block(depth))

    def _linked(self, depth: int) -> Block:
        return Linked()

    def _many(self, depth: int) -> Block:
        return Many(self.chance.randint(0, 3), self.chance.random() < 0.5)

    def _wait(self, depth: int) -> Block:
        return Wait(self.chance.choice(EVENTS))

    def _race(self, depth: int) -> Block:
        ways = self._ways(depth)
        return Race([self.chance.choice(EVENTS) for _ in ways], ways)

    def _box(self, depth: int) -> Block:
        return Box(self.block(depth), called=self.chance.random() < 0.4)

    def _border(self, depth: int) -> Block:
        borders = [self._event(depth) for _ in range(self.chance.randint(1, 2))]
        return Box(Sequence([Task(), self.block(depth)]), called=self.chance.random() < 0.3, borders=borders)

    def _event(self, depth: int) -> Border:
        """A path that may have several copies at once is a plain one: they cannot be told apart."""
        kind, interrupting = self.chance.choice(EVENTS), self.chance.random() < 0.5
        path = self.block(depth) if interrupting or kind == "timer" else Sequence([Auto(), Task()])
        return Border(kind, interrupting, path)

    def _stopped(self, depth: int) -> Block:
        return Box(self.block(depth), terminates=True)

    def _error(self, depth: int) -> Block:
        borders = [Border("error", True, self.block(depth))]
        return Box(self.block(depth), called=self.chance.random() < 0.4, borders=borders, raises="error")

    def _escalation(self, depth: int) -> Block:
        interrupting = self.chance.random() < 0.5
        path = self.block(depth) if interrupting else Sequence([Auto(), Task()])
        return Box(self.block(depth), borders=[Border("escalation", interrupting, path)], raises="escalation")

    def _handled(self, depth: int) -> Block:
        return Box(Sequence([Task(), self.block(depth)]), event_paths=[self._event(depth)])


KINDS: dict[str, tuple[str, ...]] = {  # what may be drawn, with the features it needs
    "task": ("userTask",),
    "auto": ("serviceTask",),
    "sequence": (),
    "exclusive": ("exclusiveGateway",),
    "parallel": ("parallelGateway", "severalFlows/activity"),
    "inclusive": ("inclusiveGateway", "conditionalFlow/activity"),
    "repeat": (),
    "linked": ("throw/link", "catch/link", "throw/none"),
    "many": ("parallelMultiInstance/userTask", "sequentialMultiInstance/userTask"),
    "wait": ("catch/message", "catch/signal", "catch/timerDuration"),
    "race": ("eventBasedGateway",),
    "box": ("subProcess", "callActivity"),
    "border": ("boundary/message", "boundary/signal", "boundaryNonInterrupting/message"),
    "stopped": ("end/terminate",),
    "error": ("end/error", "boundary/error"),
    "escalation": ("throw/escalation", "boundary/escalation", "boundaryNonInterrupting/escalation"),
    "handled": ("eventSubProcess",),
}


def _runs(features: tuple[str, ...]) -> bool:
    return all(coverage.table()[feature].verdict != coverage.REFUSED for feature in features)
