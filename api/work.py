"""One request's unit of work: who asks, and the transaction that commits before the answer is sent."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from engine import idempotency
from engine.transaction import Actor, Runtime, Transaction
from hotline.access import Principal


@dataclass(frozen=True)
class RequestKey:
    """The Idempotency-Key of a request and the hash of what it asks for."""

    key: str
    request_hash: str


class Replayed(Exception):
    """This request was already executed; `answer` is what it was told then."""

    def __init__(self, answer: idempotency.Answer) -> None:
        super().__init__("replayed")
        self.answer = answer


class Work:
    """Opens its transaction on first use, in the endpoint's own thread.

    Opening it earlier would hold SQLite's writer lock while waiting for a free thread, and the threads
    would all be waiting for the lock.
    """

    def __init__(self, runtime: Runtime, actor: Actor, *, writes: bool, key: RequestKey | None = None) -> None:
        self.runtime = runtime
        self._actor = actor
        self._writes = writes
        self._key = key
        self._stack = ExitStack()
        self._tx: Transaction | None = None
        self._checks: list[Callable[[], object]] = []

    def first(self, check: Callable[[], object]) -> None:
        """What to look at when the transaction opens; what it raises keeps everything else from being done."""
        self._checks.append(check)

    @property
    def tx(self) -> Transaction:
        """The transaction; raises Replayed when the request's key was used before."""
        if self._tx is None:
            open_transaction = self.runtime.write if self._writes else self.runtime.read
            self._tx = self._stack.enter_context(open_transaction(self._actor))
            if self._key:
                answer = idempotency.claim(self._tx, self._key.key, self._key.request_hash)
                if answer:
                    raise Replayed(answer)
            for check in self._checks:
                check()
        return self._tx

    def keep(self, answer: idempotency.Answer) -> None:
        """Store the answer beside the effect, in the same transaction."""
        if self._key and self._tx:
            idempotency.keep(self._tx, self._key.key, answer)

    @property
    def is_open(self) -> bool:
        """Whether a transaction waits to be ended."""
        return self._tx is not None

    def commit(self) -> None:
        """End the transaction, if one was opened; what was done in it is now visible to others."""
        self._tx = None
        self._stack.close()

    def roll_back(self, error: BaseException) -> None:
        """Undo everything."""
        self._tx = None
        self._stack.__exit__(type(error), error, error.__traceback__)


class SignedInWork(Work):
    """The work of somebody who has proved who they are."""

    def __init__(self, runtime: Runtime, principal: Principal, *, writes: bool, key: RequestKey | None = None) -> None:
        super().__init__(runtime, principal.actor, writes=writes, key=key)
        self.principal = principal
