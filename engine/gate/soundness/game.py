"""Plays the token game: every order and every choice, until all states are known or the bound is reached."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.gate.soundness.net import ALL, NORMAL, ROOT, SOME, Choice, Net, Node

DEADLOCK, UNSAFE, LIVELOCK = "deadlock", "unsafe", "livelock"
OVER = -1  # the state of a scope that was stopped by an end event


@dataclass(frozen=True)
class Limits:
    """How far to look: states of one game, and a moment on the monotonic clock."""

    states: int
    until: float

    def reached(self, states: int, steps: int) -> bool:
        """Whether to stop; the clock is asked now and then only."""
        return states > self.states or (steps % 256 == 0 and time.monotonic() > self.until)


@dataclass(frozen=True)
class Problem:
    """What goes wrong, at which node of the board, and the elements passed until then."""

    kind: str
    node: str
    trail: tuple[str, ...]


@dataclass
class Outcome:
    """All that one game showed; `complete` is false when the bound was reached first."""

    problems: list[Problem] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)
    ends_normally: bool = False
    complete: bool = True
    states: int = 0


@dataclass(frozen=True)
class Move:
    """A node fires: tokens taken, the way chosen, the state after it, places that would hold two tokens."""

    node: str
    choice: Choice
    state: int
    doubled: int


class Game:
    """One game on one board; a state is a set of places with a token, as the bits of a number."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self.tokens = sum(1 << p for p in net.places)
        self.nodes = [n for n in net.nodes.values() if n.key != ROOT and n.ins]
        self.masks = {n.key: _mask(n.ins) for n in self.nodes}
        self.merges = [n for n in self.nodes if n.merges and n.acting]
        self.reach = {n.key: self._reach_of(n) for n in self.nodes if n.join == SOME and len(n.ins) > 1}
        self.came: dict[int, tuple[int, str, Choice]] = {}
        self.next: dict[int, list[int]] = {}
        self.explained: set[int] = set()  # at an end, or already reported
        self.outcome = Outcome()

    def _reach_of(self, join: Node) -> dict[int, int]:
        """For every place, the join's incoming places that a token there can still come to without the join."""
        before: dict[int, set[int]] = {}
        for key, node in self.net.nodes.items():
            if key != join.key:
                for out in self.net.produced(key):
                    before.setdefault(out, set()).update(node.ins)
        found: dict[int, int] = {}
        for entry in sorted(join.ins):
            stack, seen = [entry], {entry}
            while stack:
                place = stack.pop()
                found[place] = found.get(place, 0) | 1 << entry
                new = before.get(place, set()) - seen
                seen |= new
                stack += new
        return found

    # one step

    def moves(self, state: int) -> Iterator[Move]:
        """Everything that may happen next."""
        for node in self.nodes:
            here = state & self.masks[node.key]
            if not here:
                continue
            if node.join == ALL and len(node.ins) > 1:
                if here == self.masks[node.key]:
                    yield from self._fire(node, state, here)
            elif node.join == SOME and len(node.ins) > 1:
                if not self._waits(node.key, state, here):
                    yield from self._fire(node, state, here)
            else:
                for place in node.ins:
                    if here >> place & 1:
                        yield from self._fire(node, state, 1 << place)

    def _waits(self, key: str, state: int, here: int) -> bool:
        """BPMN 2.0.2 §13.4.3: a token elsewhere may still come to an empty flow, and to none that has one."""
        reach = self.reach[key]
        rest = state & self.tokens & ~here
        while rest:
            low = rest & -rest
            rest ^= low
            ways = reach.get(low.bit_length() - 1, 0)
            if ways & ~here and not ways & here:
                return True
        return False

    def _fire(self, node: Node, state: int, taken: int) -> Iterator[Move]:
        for choice in node.choices:
            if choice.unless is not None and state >> choice.unless & 1:
                continue
            if choice.ends:
                yield Move(node.key, choice, OVER, 0)
                continue
            left = state & ~taken & ~_mask(choice.clears)
            outs = _mask(choice.outs)
            yield Move(node.key, choice, left | outs, left & outs & self.tokens)

    # all steps

    def play(self, limits: Limits) -> Outcome:
        """Every reachable state, nearest first; stops looking behind a state in which something went wrong."""
        queue: list[int] = []
        for choice in self.net.nodes[ROOT].choices:
            self.outcome.ends_normally |= choice.ends == NORMAL
            self._enter((choice.ends and OVER) or _mask(choice.outs), 0, ROOT, choice, queue)
        position = 0
        while position < len(queue) and not limits.reached(len(queue), position):
            self._expand(queue[position], queue)
            position += 1
        self.outcome.states = len(queue)
        self.outcome.complete = position == len(queue)
        self.explained.update(queue[position:])  # not looked at: nothing is claimed about them
        self._find_livelock(queue)
        return self.outcome

    def _enter(self, state: int, before: int, key: str, choice: Choice, queue: list[int]) -> None:
        self.outcome.reached |= choice.covers
        for out in choice.outs & self.net.places.keys():
            self.outcome.reached |= self.net.places[out].covers
        if state not in self.came:
            self.came[state] = (before, key, choice)
            queue.append(state)

    def _expand(self, state: int, queue: list[int]) -> None:
        if state == OVER or not state & self.tokens:
            self.outcome.ends_normally |= state != OVER
            self.explained.add(state)
            return
        crowded = [node.key for node in self.merges if (state & self.masks[node.key]).bit_count() > 1]
        if crowded:
            self.outcome.problems += [Problem(UNSAFE, key, self.trail(state)) for key in crowded]
            self.explained.add(state)
            return
        after = self.next[state] = []
        for move in self.moves(state):
            if move.doubled:
                self._double(state, move)
                self.explained.add(state)
                continue
            self.outcome.ends_normally |= move.choice.ends == NORMAL
            self._enter(move.state, state, move.node, move.choice, queue)
            after.append(move.state)
        if not after and state not in self.explained:
            self.explained.add(state)
            waiting = [node.key for node in self.nodes if state & self.masks[node.key]]
            self.outcome.problems += [Problem(DEADLOCK, key, self.trail(state)) for key in waiting]

    def _double(self, state: int, move: Move) -> None:
        for place in sorted(self.net.places):
            if move.doubled >> place & 1:
                source = self.net.nodes[self.net.places[place].source]
                trail = (*self.trail(state), *self._passed(move.choice))
                self.outcome.problems.append(Problem(UNSAFE, source.key, trail))

    # what it means

    def _find_livelock(self, queue: list[int]) -> None:
        """The nearest state from which the game goes on for ever, if there is one."""
        fine = self._backwards(self.explained)
        trapped = next((state for state in queue if state not in fine), None)
        if trapped is not None:
            key = next(node.key for node in self.nodes if trapped & self.masks[node.key])
            self.outcome.problems.append(Problem(LIVELOCK, key, self.trail(trapped)))

    def _backwards(self, goals: set[int]) -> set[int]:
        before: dict[int, list[int]] = {}
        for state, after in self.next.items():
            for following in after:
                before.setdefault(following, []).append(state)
        found, stack = set(goals), list(goals)
        while stack:
            for state in before.get(stack.pop(), ()):
                if state not in found:
                    found.add(state)
                    stack.append(state)
        return found

    def trail(self, state: int) -> tuple[str, ...]:
        """The elements passed on the shortest way to a state."""
        parts: list[tuple[str, ...]] = []
        while True:
            before, key, choice = self.came[state]
            parts.append(self._passed(choice))
            if key == ROOT:
                return tuple(element for part in reversed(parts) for element in part)
            state = before

    def _passed(self, choice: Choice) -> tuple[str, ...]:
        trail = choice.trail
        for out in sorted(choice.outs):
            if out in self.net.places:
                trail += self.net.places[out].trail
        return trail


def _mask(places: set[int] | frozenset[int]) -> int:
    return sum(1 << place for place in places)
