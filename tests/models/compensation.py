"""Activities that can be undone, and what undoes them: compensation events and the cancel end of a transaction."""

from __future__ import annotations

from collections.abc import Callable

from tests.engine.event_diagrams import boundary
from tests.models.blocks import Block, Ends
from tests.models.events import Trigger
from tests.models.paper import Paper
from tests.models.reference import Catcher, Done, Scope, Then, World
from tests.models.scopes import Box
from tests.models.steps import Auto, Task
from tests.models.throwing import Effect


class Undoable(Block):
    """An activity with a compensation handler."""

    def __init__(self, activity: Task | Box, handler: Task | Auto | Box) -> None:
        self.activity, self.handler = activity, handler

    def draw(self, paper: Paper) -> Ends:
        self.id, _ = self.activity.draw(paper)
        handler, _ = self.handler.draw(paper)
        parts = paper.scopes[-1]
        number = next(i for i, part in enumerate(parts) if f' id="{handler}"' in part[:80])
        parts[number] = parts[number].replace(f' id="{handler}"', f' id="{handler}" isForCompensation="true"', 1)
        event = paper.name("u")
        paper.part(boundary(event, self.id, "<bpmn:compensateEventDefinition/>"))
        ends = f'sourceRef="{event}" targetRef="{handler}"'
        paper.part(f'<bpmn:association id="{event}_to_{handler}" associationDirection="One" {ends}/>')
        return self.id, self.id

    def begin(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        def done() -> None:
            scope.done.append(Done(self.id, lambda within, then: self.handler.begin(world, within, item, then)))
            then()

        self.activity.begin(world, scope, item, done)


class Undo(Effect):
    """Undoes one activity, or all of the scope, the last one first; then goes on."""

    def __init__(self, activity: Undoable | None = None) -> None:
        self.activity = activity

    def definition(self, paper: Paper) -> str:
        reference = f' activityRef="{self.activity.id}"' if self.activity else ""
        return f"<bpmn:compensateEventDefinition{reference}/>"

    def happen(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        undo(scope, lambda done: self.activity is None or done.activity == self.activity.id, then)


class Cancel(Effect):
    """Ends everything in the transaction, undoes it, and leaves it by its cancel event."""

    def definition(self, paper: Paper) -> str:
        return "<bpmn:cancelEventDefinition/>"

    def happen(self, world: World, scope: Scope, item: tuple[int, ...], then: Then) -> None:
        scope.alive = False
        within = Scope(scope.parent, lambda: None)
        within.done = scope.done
        undo(within, lambda done: True, lambda: world.throw(within, "cancel", None))


class Cancelled(Trigger):
    """The transaction was cancelled."""

    def definition(self, paper: Paper) -> str:
        return "<bpmn:cancelEventDefinition/>"

    def watch(self, world: World, scope: Scope, happen: Then, *, lasting: bool = False) -> None:
        scope.catchers.append(Catcher("cancel", None, happen))


def undo(scope: Scope, wanted: Callable[[Done], bool], then: Then) -> None:
    """Everything wanted that had been completed, each once, one after the other."""
    left = [done for done in scope.done if wanted(done)]
    scope.done[:] = [done for done in scope.done if not wanted(done)]

    def following() -> None:
        if left:
            left.pop().undo(scope, following)
        else:
            then()

    following()
