"""The token game's board: places hold tokens, nodes take them by a join and put new ones by a choice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

ANY, ALL, SOME = "any", "all", "some"  # join of an exclusive, a parallel and an inclusive gateway
NORMAL, ABNORMAL = "normal", "abnormal"  # a terminate end; an error or cancel end
ROOT = ""  # the node that fires once, at the beginning


@dataclass(frozen=True)
class Choice:
    """One way a node may fire: the elements it passes, the places that get a token.

    `ends` stops the whole scope; `marks` and `unless` let an event fire once while its host is active.
    """

    trail: tuple[str, ...]
    outs: frozenset[int]
    ends: str | None = None
    covers: frozenset[str] = frozenset()
    acts: bool = False
    unless: int | None = None
    clears: frozenset[int] = frozenset()


@dataclass
class Place:
    """Where one token may lie; `trail` are the elements passed on the way to `target`."""

    source: str
    target: str
    trail: tuple[str, ...] = ()
    covers: frozenset[str] = frozenset()
    acts: bool = False


@dataclass
class Node:
    """A flow node; `acts` when running it twice is noticed (an activity), `fixed` when it must stay as it is."""

    key: str
    join: str
    choices: list[Choice]
    ins: set[int] = field(default_factory=set)
    acts: bool = False
    fixed: bool = False

    @property
    def merges(self) -> bool:
        """Whether several flows come in of which each one alone lets it fire."""
        return len(self.ins) > 1 and self.join == ANY

    @property
    def acting(self) -> bool:
        """Whether it is noticed when it fires twice."""
        return self.acts or any(choice.acts for choice in self.choices)


@dataclass
class Net:
    """One scope, or the part of it that one start reaches."""

    nodes: dict[str, Node] = field(default_factory=dict)
    places: dict[int, Place] = field(default_factory=dict)
    markers: set[int] = field(default_factory=set)
    count: int = 0

    def place(self, source: str, target: str) -> int:
        """A new place between two nodes."""
        self.count += 1
        self.places[self.count] = Place(source, target)
        return self.count

    def marker(self) -> int:
        """A new place that remembers something and is no token."""
        self.count += 1
        self.markers.add(self.count)
        return self.count

    def add(self, node: Node) -> None:
        """A node; `wire` connects it."""
        self.nodes[node.key] = node

    def wire(self) -> None:
        """Tell every node which places lead into it."""
        for node in self.nodes.values():
            node.ins = set()
        for number, place in self.places.items():
            self.nodes[place.target].ins.add(number)

    def produced(self, key: str) -> set[int]:
        """Every place a node may put a token on."""
        return {out for choice in self.nodes[key].choices for out in choice.outs if out in self.places}

    def reach(self, places: Iterable[int]) -> set[str]:
        """The nodes that tokens on these places can come to, joins taken as open."""
        found: set[str] = set()
        stack = [self.places[p].target for p in places]
        while stack:
            key = stack.pop()
            if key not in found:
                found.add(key)
                stack += [self.places[p].target for p in self.produced(key)]
        return found

    def copy(self, keys: set[str]) -> Net:
        """The part with these nodes and the root, to be changed freely."""
        kept = keys | {ROOT}
        part = Net(markers=set(self.markers), count=self.count)
        for number, place in self.places.items():
            if place.target in kept and (place.source in kept or self.nodes[place.target].join == ALL):
                # a parallel join waits for a flow even if nothing ever comes along it
                source = place.source if place.source in kept else ROOT
                part.places[number] = replace(place, source=source)
        for key in sorted(kept):
            node = self.nodes.get(key)
            if node is not None:
                part.nodes[key] = replace(node, choices=list(node.choices), ins=set())
        return part


def subsets(items: list[int]) -> Iterator[frozenset[int]]:
    """Every subset, the empty one first, small ones before large ones."""
    for mask in sorted(range(1 << len(items)), key=int.bit_count):
        yield frozenset(item for i, item in enumerate(items) if mask >> i & 1)
