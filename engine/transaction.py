"""The unit of work that every verb takes: connection, clock reading, actor, runtime."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, NestedTransaction

from engine.database import Database
from engine.hot_instances import HotInstances

if TYPE_CHECKING:
    from engine.outbox import Delivery
    from engine.process_instances import Step
    from engine.working_days import WorkingDays

Clock = Callable[[], datetime]  # returns an aware datetime
OptionCatalogue = Callable[["Transaction", str], Mapping[str, str]]


def system_clock() -> datetime:
    """The real time, UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """A new random identifier."""
    return str(uuid.uuid4())


@dataclass(frozen=True)
class Actor:
    """Who acts: login or program id, display name, candidate groups held now."""

    id: str
    name: str
    groups: frozenset[str] = frozenset()


SYSTEM = Actor("system", "系统")


@dataclass(frozen=True)
class Effect:
    """What a service task may cause beside `notify`: `describe` checks and words it, `on_step` brings it about.

    `describe(tx, business key, *arguments)` changes nothing and gives JSON; `choices`: position of an argument → the
    words it may be, for the gate.
    """

    describe: Callable[..., Mapping[str, Any]]
    choices: Mapping[int, Callable[[], Collection[str]]] = field(default_factory=dict)

    def words(self) -> dict[int, Collection[str]]:
        """The choices as they are now."""
        return {position: choice() for position, choice in self.choices.items()}


@dataclass
class Runtime:
    """What a running system needs beside the data: database, clock, calendar, the domain's hooks."""

    database: Database
    working_days: WorkingDays
    clock: Clock = system_clock
    # functions the domain adds to expressions: name -> pure callable
    functions: dict[str, Callable[..., Any]] = field(default_factory=dict)
    # effects the domain adds to service tasks, by the name a diagram calls them
    effects: dict[str, Effect] = field(default_factory=dict)
    # x-options of forms: catalogue name -> (transaction, business key) -> {value: label}
    option_catalogues: dict[str, Callable[[Transaction, str], Mapping[str, str]]] = field(default_factory=dict)
    # the candidate groups a diagram may name; None: any
    candidate_groups: Callable[[Transaction], Collection[str]] | None = None
    # called inside the step's transaction, after the engine wrote its rows and before commit
    on_step: Callable[[Transaction, Step], None] | None = None
    # where deliveries of a topic go; called outside of any transaction, must pass Delivery.id on as idempotency key
    adapters: dict[str, Callable[[Delivery], None]] = field(default_factory=dict)
    # the domain's jobs: name -> (runtime, *arguments); may run again after a crash
    jobs: dict[str, Callable[..., None]] = field(default_factory=dict)
    # name of a job -> when it runs without arguments, as cron in Shanghai time
    schedules: dict[str, str] = field(default_factory=dict)
    # compiled definitions by id; a definition never changes, so nothing is ever invalidated
    compiled: dict[str, Any] = field(default_factory=dict)
    hot: HotInstances = field(default_factory=HotInstances)

    @contextmanager
    def write(self, actor: Actor) -> Iterator[Transaction]:
        """One transaction that commits when the block ends."""
        with self.database.write() as connection:
            tx = Transaction(connection, self.clock(), actor, self)
            yield tx
        for act in tx.after_commit:
            act()

    @contextmanager
    def read(self, actor: Actor) -> Iterator[Transaction]:
        """A view for looking only."""
        with self.database.read() as connection:
            yield Transaction(connection, self.clock(), actor, self)

    @contextmanager
    def glance(self, actor: Actor) -> Iterator[Transaction]:
        """For one SELECT: no transaction is begun for it."""
        with self.database.glance() as connection:
            yield Transaction(connection, self.clock(), actor, self)


@dataclass(frozen=True)
class AuditHead:
    """The last entry of one audit chain, and the savepoint in which it was seen."""

    number: int
    hash: str
    savepoint: NestedTransaction | None


@dataclass(frozen=True)
class Transaction:
    """One unit of work; commit happens at the edge, where it was opened."""

    connection: Connection
    now: datetime
    actor: Actor
    runtime: Runtime
    audit_heads: dict[str, AuditHead] = field(default_factory=dict)  # by stream, see engine.audit
    memory: dict[str, Any] = field(default_factory=dict)  # what need not be read twice in this transaction
    after_commit: list[Callable[[], None]] = field(default_factory=list)  # run in order; never after a rollback
