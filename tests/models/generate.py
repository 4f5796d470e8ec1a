"""Random sound models: the same seed gives the same model."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.models import kinds_of_activities, kinds_of_compensation, kinds_of_events
from tests.models.blocks import Block, Sequence
from tests.models.events import Event
from tests.models.maker import Kind, Maker
from tests.models.paper import Paper
from tests.models.reference import Data, Scope, World
from tests.models.scopes import Content
from tests.models.steps import Task

ACTIVITIES = kinds_of_activities.KINDS
EVENTS: dict[str, Kind] = {**kinds_of_events.KINDS, **kinds_of_compensation.KINDS}
KINDS: dict[str, Kind] = {**ACTIVITIES, **EVENTS}


@dataclass
class Model:
    """A model: its files, what it is started with, and its reference."""

    seed: int
    content: Content
    files: dict[str, bytes]
    variables: dict[str, Any]
    kinds: set[str]  # of blocks in it
    asked: dict[str, Callable[[World], list[Data]]]  # the answers that a user task may get

    @property
    def message(self) -> str | None:
        """The message that starts it."""
        return self.content.starter.name if isinstance(self.content.starter, Event) else None

    def begin(self) -> World:
        """A run of the reference, at its first stop."""
        world = World()

        def ended() -> None:
            world.ended = True

        self.content.begin(world, Scope(None, ended), ())
        return world


def model(seed: int, kinds: Mapping[str, Kind] = KINDS, size: int = 0) -> Model:
    """The model of a seed: from 5 to 14 blocks; in a row of seeds each kind has its turn to be drawn."""
    maker = Maker(random.Random(seed), size or 5 + seed % 10, kinds, ACTIVITIES)
    groups = [names for group in (ACTIVITIES, EVENTS) if (names := [name for name in group if name in kinds])]
    turns = [names[seed % len(names)] for names in groups]
    body = Sequence([Task(), *(maker.block(0, turn) for turn in [*turns, ""][:2])])
    return drawn(seed, kinds_of_events.process(maker, body) if kinds is KINDS else body, maker.used)


def drawn(seed: int, body: Block | Content, kinds: set[str]) -> Model:
    """The model of a block."""
    paper, content = Paper(), body if isinstance(body, Content) else Content(body)
    paper.process("p", lambda paper: content.draw(paper, "p"))
    return Model(seed, content, paper.files(), paper.variables, kinds, paper.asked)
