"""The one writer of instance state. Lock, load, run, save: nothing else changes an instance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine import (
    audit,
    held_instance,
    incident_rows,
    jobs,
    key_locks,
    messages_inbox,
    process_definitions,
    process_instance_rows,
    rescheduling,
    start_events,
    step_details,
    user_task_rows,
    variable_values,
)
from engine.diagram_functions import StepFunctions
from engine.errors import Conflict, InvalidInput, StuckInstance
from engine.held_instance import Held
from engine.messages_inbox import WaitingMessage
from engine.process_instance_rows import ACTIVE, CANCELLED, COMPLETED, SUSPENDED, ProcessInstance
from engine.spiff.changes import Change
from engine.spiff.execution import Execution
from engine.spiff.failures import Failure
from engine.spiff.script_engine import ScriptEngine
from engine.transaction import Transaction
from engine.user_task_rows import UserTask

SUSPENDED_MESSAGE = "该流程已挂起，恢复之前不能办理；如需办理请联系流程管理人员恢复流程"
BROADCAST = "broadcast_signal"  # the job that takes a thrown signal to the other instances
QUEUE = "messages handed over"  # in the transaction's memory
MOST_HANDED_OVER = 30  # in one transaction


@dataclass(frozen=True)
class Step:
    """What one saved step did, for the domain's projection; `variables` are the process's own."""

    instance: ProcessInstance
    action: str
    variables: dict[str, Any]
    change: Change
    opened: list[UserTask]
    closed: list[UserTask]
    open: list[UserTask]  # every one that waits for somebody after the step
    completed_task: UserTask | None = None
    data: dict[str, Any] = field(default_factory=dict)
    notices: list[dict[str, Any]] = field(default_factory=list)  # what notify(…) said: groups, title, body, clause
    caused: list[dict[str, Any]] = field(default_factory=list)  # Runtime.effects: `effect` and what it described
    failed: list[Failure] = field(default_factory=list)  # each an incident now

    @property
    def ended(self) -> bool:
        """Whether the instance ended in this step."""
        return self.instance.ended


@dataclass
class Loaded:
    """A locked instance in memory for one step."""

    held: Held
    execution: Execution
    functions: StepFunctions
    engine: ScriptEngine
    state: str = ACTIVE  # what save writes unless the process came to its end
    posted: dict[str, WaitingMessage] = field(default_factory=dict)  # thrown in this step and taken by nobody yet

    @property
    def row(self) -> ProcessInstance:
        """The instance as it was before the step."""
        return self.held.row


def start(
    tx: Transaction, key: str, business_key: str, variables: Mapping[str, Any], *, message: str | None = None
) -> ProcessInstance:
    """Start the newest version of a process, by hand or by its message; Conflict when the business key is taken."""
    variable_values.check(variables)
    definition = process_definitions.latest(tx, key)
    compiled = process_definitions.compiled(tx, definition.id)
    if compiled.start_message != message:
        raise InvalidInput(f"流程「{definition.name}」由消息“{compiled.start_message}”发起，请发送该消息")
    is_new = key_locks.hold(tx, business_key)
    if not is_new and process_instance_rows.runs(tx, key, business_key):
        raise Conflict(f"{business_key} 已有「{definition.name}」在办，不能重复发起；请等它办结，或在其中继续办理")
    row = process_instance_rows.insert_new(tx, definition, business_key)
    functions, engine = process_instance_rows.script_engine(tx, business_key)
    execution = Execution.start(compiled, variables, engine)
    loaded = Loaded(Held(row, b""), execution, functions, engine)
    settle(tx, loaded)
    return save(tx, loaded, audit.STARTED, detail={"variables": dict(variables)}).instance


def step(
    tx: Transaction,
    instance_id: str,
    action: str,
    change: Callable[[Execution], None],
    *,
    detail: Mapping[str, Any] | None = None,
    task: UserTask | None = None,
    data: Mapping[str, Any] | None = None,
    clause: str | None = None,
) -> Step:
    """Lock the instance, let due timers fire, apply one change, run until stable, save."""
    return apply(tx, lock(tx, instance_id), action, change, detail=detail, task=task, data=data, clause=clause)


def apply(
    tx: Transaction,
    loaded: Loaded,
    action: str,
    change: Callable[[Execution], None],
    *,
    detail: Mapping[str, Any] | None = None,
    task: UserTask | None = None,
    data: Mapping[str, Any] | None = None,
    clause: str | None = None,
) -> Step:
    """As step, for an instance that is loaded already."""
    loaded.execution.run()
    change(loaded.execution)
    settle(tx, loaded)
    return save(tx, loaded, action, detail=detail or {}, task=task, data=data, clause=clause)


def lock(tx: Transaction, instance_id: str, *, suspended: bool = False) -> Loaded:
    """The instance under a row lock; Conflict when it has ended, or is suspended and `suspended` is not accepted."""
    return load(tx, held_instance.by_id(tx, instance_id), suspended=suspended)


def load(tx: Transaction, held: Held, *, suspended: bool = False) -> Loaded:
    """A held instance, ready to run; raises as lock does."""
    if held.row.ended:
        raise Conflict("该流程已结束，不能再操作，请刷新后查看结果")
    if held.row.state == SUSPENDED and not suspended:
        raise Conflict(SUSPENDED_MESSAGE)
    functions, engine = process_instance_rows.script_engine(tx, held.row.business_key)
    compiled = process_definitions.compiled(tx, held.row.definition_id)
    hot = tx.runtime.hot.take(held.row.id, held.row.version)
    execution = Execution.restore(compiled, held.blob, engine, hot)
    execution.suspended = held.row.state == SUSPENDED
    return Loaded(held, execution, functions, engine, held.row.state)


def save(
    tx: Transaction,
    loaded: Loaded,
    action: str,
    *,
    detail: Mapping[str, Any],
    task: UserTask | None = None,
    data: Mapping[str, Any] | None = None,
    clause: str | None = None,
) -> Step:
    """State, user tasks, next due, audit entry, the domain's projection: all of a step, in the caller's transaction."""
    execution, before = loaded.execution, loaded.row
    change = execution.change()
    opened = user_task_rows.opened(tx, before, execution, loaded.functions)
    moved = rescheduling.after_step(tx, loaded.held.open, before, execution, loaded.functions, loaded.engine.revised)
    closed_ids = user_task_rows.closed_ids(execution)
    variables = execution.variables()
    ended = execution.completed
    now_state = COMPLETED if ended and loaded.state != CANCELLED else loaded.state
    after = replace(
        before,
        state=now_state,
        version=before.version + 1,
        next_due=execution.next_due(),
        ended_at=tx.now if ended else None,
    )
    if not process_instance_rows.write(tx, before, after, execution.dump()):
        raise Conflict("流程刚刚被他人推进，请刷新后重试")
    closed = user_task_rows.write(tx, loaded.held.open, opened, closed_ids, task)
    did = step_details.of(after.id, change, opened, loaded.engine, loaded.functions)
    given = {"data": dict(data)} if data is not None else {}
    audit.append(
        tx,
        audit.instance_stream(after.business_key),
        action,
        process_key=task.process_key if task else before.definition_key,
        element_id=task.element_id if task else None,
        clause=clause or (task.clause if task else None),
        detail={**did, **moved, **detail, **given},
    )
    failed = incident_rows.write(tx, after, execution)
    for thrown in loaded.engine.thrown_signals:
        jobs.enqueue(tx, BROADCAST, thrown.id, thrown.name, thrown.payload, tx.now.isoformat(), after.id, key=thrown.id)
    still_open = [task for task_id, task in loaded.held.open.items() if task_id not in closed_ids] + opened
    told, caused = loaded.functions.notices, loaded.functions.caused
    result = Step(
        after, action, variables, change, opened, closed, still_open, task, dict(data or {}), told, caused, failed
    )
    if tx.runtime.on_step is not None:
        tx.runtime.on_step(tx, result)
    if not ended and tx.connection.get_nested_transaction() is None:  # a savepoint may be rolled back on its own
        tx.after_commit.append(lambda: tx.runtime.hot.keep(after.id, after.version, execution.kept()))
    if loaded.posted:
        _hand_over(tx, after.business_key, list(loaded.posted.values()))
    return result


def _hand_over(tx: Transaction, business_key: str, thrown: list[WaitingMessage]) -> None:
    """What an instance threw and does not wait for itself goes to the others of its key, in the same transaction."""
    queue: list[tuple[str, WaitingMessage]] | None = tx.memory.get(QUEUE)
    new = [(business_key, message) for message in thrown]
    if queue is not None:  # thrown by an instance that is just being handed something
        queue += new
        return
    tx.memory[QUEUE] = new
    try:
        for count, (key, message) in enumerate(new):
            if count == MOST_HANDED_OVER:
                raise StuckInstance(f"流程之间互发消息“{message.name}”没有尽头，本次操作未生效，请流程负责人检查流程图")
            deliver(tx, key, message)
    finally:
        del tx.memory[QUEUE]


def deliver(tx: Transaction, business_key: str, message: WaitingMessage) -> bool:
    """Give a message of the inbox to one taker; False when it stays there. Call key_locks.hold before.

    The oldest instance that waits for it takes it, else a process that starts with it and does not run under the key.
    What a suspended instance waits for is kept for it.
    """
    for row in process_instance_rows.running(tx, business_key):
        loaded = lock(tx, row.id, suspended=True)
        if loaded.state == SUSPENDED:
            if loaded.execution.awaits(message.name):
                return False
            continue
        loaded.execution.run()
        if loaded.execution.correlate(message.name, message.payload):
            messages_inbox.mark_correlated(tx, message.id)
            settle(tx, loaded)
            detail = {"message": message.name, "message_id": message.id}
            save(tx, loaded, "message.correlated", detail=detail, data=message.payload)
            return True
    key = start_events.by_message(tx, message.name)
    if key is None or process_instance_rows.runs(tx, key, business_key):
        return False
    messages_inbox.mark_correlated(tx, message.id)
    start(tx, key, business_key, message.payload, message=message.name)
    return True


def settle(tx: Transaction, loaded: Loaded, *, inbox: bool = False) -> None:
    """Run until stable; a message that came early is delivered once something waits for it.

    `inbox`: also to what waited before this step, for messages that arrived while the instance was suspended.
    """
    loaded.execution.run()
    inbox = _post_thrown(tx, loaded, 0) or inbox
    while not loaded.execution.completed and (inbox or _awaits_early_message(loaded)):
        posted = len(loaded.engine.thrown_messages)
        if not _take_from_inbox(tx, loaded):
            return
        inbox = _post_thrown(tx, loaded, posted) or inbox


def _post_thrown(tx: Transaction, loaded: Loaded, already: int) -> bool:
    """A thrown message goes to whatever waits for it under the same business key, now or later."""
    thrown = loaded.engine.thrown_messages[already:]
    for message in thrown:
        messages_inbox.receive(tx, message.id, message.name, loaded.row.business_key, message.payload)
        loaded.posted[message.id] = WaitingMessage(message.id, message.name, message.payload)
    return bool(thrown)


def _take_from_inbox(tx: Transaction, loaded: Loaded) -> bool:
    """Deliver the oldest message that something waits for; False when there is none."""
    for waiting in messages_inbox.waiting(tx, loaded.row.business_key):
        if loaded.execution.correlate(waiting.name, waiting.payload, early=True):
            messages_inbox.mark_correlated(tx, waiting.id)
            loaded.posted.pop(waiting.id, None)
            loaded.execution.run()
            return True
    return False


def _awaits_early_message(loaded: Loaded) -> bool:
    return loaded.held.messages_wait and loaded.execution.awaits_new_message()
