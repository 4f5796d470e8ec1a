"""Variables that are read on some path before anything has set them: warnings with that path.

What a process is started with is unknown: a variable that is read where nothing can have set it is taken as given from
outside. A called process is given exactly its camunda:in targets, so there it is missing for certain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine import decisions
from engine.diagram import SUB_PROCESSES, Diagram, Element, Flow, flag, is_event_sub_process
from engine.gate.catalogue import Fault, label, way
from engine.gate.coverage import definition
from engine.gate.variable_uses import NOTHING, Known, Uses, always_read, uses
from engine.gate.view import is_compensation


@dataclass(frozen=True)
class State:
    """What has a value on every path (None: not known yet, or anything), and what has one on some path."""

    surely: Known | None
    perhaps: Known

    def after(self, done: Uses) -> State:
        """Behind an element."""
        surely = None if done.anything or self.surely is None else self.surely | done.sets
        return State(surely, self.perhaps | done.sets | done.optional)


UNKNOWN = State(None, NOTHING)


def check(
    diagrams: Mapping[str, tuple[str, Diagram]],
    tables: Mapping[str, decisions.Decision],
    forms: Mapping[str, Mapping[str, Any]],
) -> Iterator[tuple[str, Fault]]:
    """(file, fault) for every process; the deployment has no errors."""
    called: dict[str, list[Element]] = {}
    for _, diagram in diagrams.values():
        for element in diagram.elements.values():
            if element.called:
                called.setdefault(element.called, []).append(element)
    for key, (path, diagram) in diagrams.items():
        known = {
            e.id: uses(e, tables, forms.get(f"forms/{key}/{e.camunda.get('formKey', '')}.json"))
            for e in diagram.elements.values()
        }
        process = _Process(diagram, known, _given(called.get(key)), is_called=key in called)
        yield from ((path, fault) for fault in process.faults())


def _given(calls: list[Element] | None) -> State:
    """What every call hands over, and what some call does."""
    if not calls:
        return State(NOTHING, NOTHING)
    if any(mapping.all_variables for call in calls for mapping in call.ins):
        return UNKNOWN
    targets = [frozenset(mapping.target or "" for mapping in call.ins) for call in calls]
    return State(frozenset.intersection(*targets), frozenset.union(*targets))


class _Process:
    """States before every element of a process, computed until nothing changes."""

    def __init__(self, diagram: Diagram, known: Mapping[str, Uses], given: State, *, is_called: bool) -> None:
        self.diagram = diagram
        self.uses = known
        self.is_called = is_called
        self.scopes: dict[str, list[Element]] = {}
        for element in diagram.elements.values():
            self.scopes.setdefault(element.scope, []).append(element)
        self.incoming: dict[str, list[Flow]] = {}
        for flow in diagram.flows.values():
            self.incoming.setdefault(flow.target, []).append(flow)
        self.before: dict[str, State] = {}
        self._run(diagram.key, given)

    # the states

    def _run(self, scope: str, given: State) -> State:
        """Fill `before` for a scope; what has a value at its end."""
        elements = self.scopes.get(scope, [])
        for element in elements:
            self.before[element.id] = UNKNOWN
        done: dict[str, State] = {}
        changed = True
        while changed:
            changed = False
            for element in elements:
                state = self._entering(element, given, done)
                if element.id not in done or state != self.before[element.id]:
                    self.before[element.id] = state
                    done[element.id] = self._leaving(element, state)
                    changed = True
        ends = [done[e.id] for e in elements if not self._goes_on(e) and e.id not in self._beside(elements)]
        return _either(ends) if ends else given

    def _entering(self, element: Element, given: State, done: Mapping[str, State]) -> State:
        if element.attached_to:
            return self.before.get(element.attached_to, UNKNOWN)
        before = [done.get(flow.source, UNKNOWN) for flow in self.incoming.get(element.id, [])]
        if element.type == "intermediateCatchEvent" and definition(element.node) == "link":
            before = [
                state for key, state in done.items() if self.diagram.elements[key].type == "intermediateThrowEvent"
            ]
        if not before:
            return given
        return _both(before) if element.type == "parallelGateway" else _either(before)

    def _leaving(self, element: Element, state: State) -> State:
        if element.type in SUB_PROCESSES:
            own = frozenset(name for name, _ in element.inputs)
            inner = self._run(
                element.id, State(None if state.surely is None else state.surely | own, state.perhaps | own)
            )
            if not is_event_sub_process(element.node):
                surely = None if inner.surely is None or state.surely is None else inner.surely | state.surely
                state = State(surely, inner.perhaps | state.perhaps)
        return state.after(self.uses[element.id])

    def _goes_on(self, element: Element) -> bool:
        return any(flow.source == element.id for flow in self.diagram.flows.values())

    def _beside(self, elements: list[Element]) -> set[str]:
        """What only non-interrupting events lead to, and what stands outside the flow."""
        beside = {e.id for e in elements if _is_beside(e)}
        main = {e.id for e in elements if e.id not in beside and not self.incoming.get(e.id)}
        stack = list(main)
        while stack:
            key = stack.pop()
            following = [f.target for f in self.diagram.flows.values() if f.source == key]
            following += [e.id for e in elements if e.attached_to == key and e.id not in beside]
            stack += [target for target in following if target not in main]
            main.update(following)
        return {e.id for e in elements} - main

    # what is wrong

    def faults(self) -> Iterator[Fault]:
        """One per element and variable."""
        given = self._taken_as_given()
        for element, which, names, state in self._readings():
            for name in sorted(names - (state.surely or NOTHING) - given):
                if name in state.perhaps:
                    yield Fault("variable-unset", element, which, name, self._way(element, name))
                elif self.is_called:
                    yield Fault("variable-unmapped", element, which, name)

    def _taken_as_given(self) -> Known:
        """Read where nothing can have set it: the process must be started with it."""
        if self.is_called:
            return NOTHING
        return NOTHING.union(*(names - state.perhaps for _, _, names, state in self._readings()))

    def _readings(self) -> Iterator[tuple[str, str, Known, State]]:
        for element in self.diagram.elements.values():
            state, used = self.before.get(element.id, UNKNOWN), self.uses[element.id]
            if state.surely is not None:
                which = label(element.name, element.id)
                yield element.id, which, used.reads, state
                yield element.id, which, used.reads_after, State(state.surely, state.perhaps | used.optional)
        for flow in self.diagram.flows.values():
            source = self.before.get(flow.source, UNKNOWN)
            if flow.condition and source.surely is not None:
                state = source.after(self.uses[flow.source])
                if state.surely is not None:
                    yield flow.id, label(flow.name, flow.id), always_read(flow.condition), state

    def _way(self, key: str, name: str) -> str:
        """A shortest path from the beginning of the scope on which nothing sets the variable."""
        flow = self.diagram.flows.get(key)
        first = flow.source if flow is not None else key
        came: dict[str, str | None] = {first: None}
        queue = [first]
        for at in queue:
            sources = [f.source for f in self.incoming.get(at, [])]
            host = self.diagram.elements[at].attached_to
            if host and not sources:
                sources = [f.source for f in self.incoming.get(host, [])]
            if not sources:
                return self._told(at, came)
            for source in sources:
                state = self.before[source]
                if (
                    source not in came
                    and state.surely is not None
                    and name not in state.surely | self.uses[source].sets
                ):
                    came[source] = at
                    queue.append(source)
        return self._told(queue[-1], came)

    def _told(self, at: str | None, came: Mapping[str, str | None]) -> str:
        names = []
        while at is not None:
            names.append(self.diagram.elements[at].name or at)
            at = came[at]
        return way(names)


def _is_beside(element: Element) -> bool:
    node = element.node
    return (
        (element.type == "boundaryEvent" and not flag(node, "cancelActivity", default=True))
        or is_compensation(node)
        or is_event_sub_process(node)
    )


def _either(states: list[State]) -> State:
    """Where paths meet of which one was taken."""
    known = [state.surely for state in states if state.surely is not None]
    return State(frozenset.intersection(*known) if known else None, NOTHING.union(*(s.perhaps for s in states)))


def _both(states: list[State]) -> State:
    """Where paths meet that were all taken."""
    surely = [state.surely for state in states]
    known = [one for one in surely if one is not None]
    return State(
        None if len(known) < len(surely) else frozenset.union(*known), NOTHING.union(*(s.perhaps for s in states))
    )
