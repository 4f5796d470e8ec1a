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
    messages_inbox,
    process_definitions,
    process_instance_rows,
    reasons,
    user_task_rows,
    variable_values,
)
from engine.diagram_functions import StepFunctions
from engine.errors import Conflict, InvalidInput
from engine.held_instance import Held
from engine.process_instance_rows import ACTIVE, CANCELLED, COMPLETED, SUSPENDED, ProcessInstance
from engine.spiff.changes import Change
from engine.spiff.execution import Execution
from engine.spiff.script_engine import ScriptEngine
from engine.transaction import Transaction, new_id
from engine.user_task_rows import UserTask

SUSPENDED_MESSAGE = "该流程已挂起，恢复之前不能办理；如需办理请联系流程管理人员恢复流程"
BROADCAST = "broadcast_signal"  # the job that takes a thrown signal to the other instances


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
    if process_instance_rows.is_taken(tx, business_key):
        raise Conflict(f"{business_key} 已有流程在办，不能重复发起")
    row = ProcessInstance(
        id=new_id(),
        definition_id=definition.id,
        definition_key=key,
        definition_version=definition.version,
        business_key=business_key,
        state=ACTIVE,
        version=0,
        next_due=None,
        started_at=tx.now,
        started_by=tx.actor.id,
        ended_at=None,
    )
    process_instance_rows.insert_new(tx, row)
    functions, engine = process_instance_rows.script_engine(tx)
    execution = Execution.start(compiled, variables, engine)
    loaded = Loaded(Held(row, b""), execution, functions, engine)
    settle(tx, loaded)
    return save(tx, loaded, "instance.started", detail={"variables": dict(variables)}).instance


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
        raise Conflict("该流程已结束，不能再操作")
    if held.row.state == SUSPENDED and not suspended:
        raise Conflict(SUSPENDED_MESSAGE)
    functions, engine = process_instance_rows.script_engine(tx)
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
    audit.append(
        tx,
        audit.instance_stream(after.business_key),
        action,
        process_key=task.process_key if task else before.definition_key,
        element_id=task.element_id if task else None,
        clause=clause or (task.clause if task else None),
        detail=_audit_detail(detail, loaded, change, opened, data),
    )
    incident_rows.write(tx, after, execution)
    for thrown in loaded.engine.thrown_signals:
        jobs.enqueue(tx, BROADCAST, thrown.id, thrown.name, thrown.payload, tx.now.isoformat(), after.id, key=thrown.id)
    still_open = [task for task_id, task in loaded.held.open.items() if task_id not in closed_ids]
    notices = loaded.functions.notices
    result = Step(
        after, action, variables, change, opened, closed, still_open + opened, task, dict(data or {}), notices
    )
    if tx.runtime.on_step is not None:
        tx.runtime.on_step(tx, result)
    if not ended and tx.connection.get_nested_transaction() is None:  # a savepoint may be rolled back on its own
        tx.after_commit.append(lambda: tx.runtime.hot.keep(after.id, after.version, execution.kept()))
    return result


def _audit_detail(
    detail: Mapping[str, Any],
    loaded: Loaded,
    change: Change,
    opened: list[UserTask],
    data: Mapping[str, Any] | None,
) -> dict[str, Any]:
    return {
        **detail,
        "entered": change.entered,
        "completed": change.completed,
        "cancelled": change.cancelled,
        "flows": change.flows,
        "opened": [{"user_task": t.id, "element": t.element_id, "due_at": t.due_at} for t in opened],
        "decisions": loaded.engine.decisions_taken,
        "notices": loaded.functions.notices,
        **_thrown(loaded.engine),
        **({"data": dict(data)} if data is not None else {}),
    }


def _thrown(engine: ScriptEngine) -> dict[str, list[str]]:
    thrown = {"messages": engine.thrown_messages, "signals": engine.thrown_signals}
    return {kind: [each.name for each in items] for kind, items in thrown.items() if items}


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
    return bool(thrown)


def _take_from_inbox(tx: Transaction, loaded: Loaded) -> bool:
    """Deliver the oldest message that something waits for; False when there is none."""
    for waiting in messages_inbox.waiting(tx, loaded.row.business_key):
        if loaded.execution.correlate(waiting.name, waiting.payload, early=True):
            messages_inbox.mark_correlated(tx, waiting.id)
            loaded.execution.run()
            return True
    return False


def _awaits_early_message(loaded: Loaded) -> bool:
    return loaded.held.messages_wait and loaded.execution.awaits_new_message()


def revise(
    tx: Transaction,
    instance_id: str,
    variables: Mapping[str, Any],
    reason: str,
    *,
    user_task_id: str | None = None,
    clause: str | None = None,
) -> Step:
    """Change variables of a running instance by hand: timers and due dates follow, with an audit entry.

    With `user_task_id` only the scope (called process) that task stands in changes.
    """
    given = reasons.checked(reason)
    variable_values.check(variables)
    loaded = lock(tx, instance_id, suspended=True)
    loaded.execution.run()
    loaded.execution.revise(variables, user_task_id)
    settle(tx, loaded)
    moved = user_task_rows.refresh(tx, loaded.held.open, loaded.row, loaded.execution, loaded.functions)
    detail = {"reason": given, "variables": dict(variables), "user_tasks": moved}
    return save(tx, loaded, "instance.revised", detail=detail, clause=clause)
