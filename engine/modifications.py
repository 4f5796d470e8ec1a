"""Modify 调整 an instance's tokens by hand, and return 退回 to an earlier user task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine import audit, process_definitions, process_instance_rows, process_instances, reasons
from engine.diagram import Diagram, Element
from engine.errors import Conflict, InvalidInput
from engine.gate import continuation
from engine.process_instance_rows import ProcessInstance
from engine.process_instances import Loaded, Step
from engine.spiff import marking, modification, tokens_by_hand
from engine.spiff import standing as where
from engine.spiff.marking import Marking, Token
from engine.spiff.modification import Instruction
from engine.spiff.standing import StandingScope
from engine.transaction import Transaction

MOST_INSTRUCTIONS = 20


def modify(tx: Transaction, instance_id: str, instructions: Sequence[Instruction], reason: str) -> Step:
    """Cancel and start tokens, all or nothing; refused when the instance could not come to its end any more."""
    given = reasons.checked(reason)
    if not 0 < len(instructions) <= MOST_INSTRUCTIONS:
        message = f"请给出 1 到 {MOST_INSTRUCTIONS} 项调整"
        raise InvalidInput(message, {"instructions": message})
    loaded = process_instances.lock(tx, instance_id, suspended=True)
    loaded.execution.run()
    loaded.execution.by_hand(lambda workflow, compiled: modification.modify(workflow, compiled, instructions))
    for here in _touched(loaded, instructions):
        diagram = process_definitions.diagram(tx, loaded.row.definition_id, here.process_key)
        wrong = _problem(diagram, here.scope, here.tokens)
        if wrong is not None:
            raise Conflict(f"不能这样调整：{wrong}。请同时取消或启动其他分支上的环节")
    process_instances.settle(tx, loaded)
    detail = {"reason": given, "instructions": [vars(each) for each in instructions]}
    return process_instances.save(tx, loaded, "instance.modified", detail=detail)


def return_to(
    tx: Transaction,
    instance_id: str,
    process_key: str,
    element_id: str,
    reason: str,
    *,
    user_task_id: str | None = None,
) -> Step:
    """Take the token back to a user task already completed on this path; what came after it is cancelled, data kept.

    `user_task_id` tells which branch is meant, where several could go back.
    """
    given = reasons.checked(reason)
    loaded = process_instances.lock(tx, instance_id, suspended=True)
    loaded.execution.run()
    diagram = process_definitions.diagram(tx, loaded.row.definition_id, process_key)
    target = diagram.elements.get(element_id)
    if target is None or target.type != "userTask":
        raise InvalidInput("只能退回到流程图上的用户任务", {"element_id": "请选择已办过的环节"})
    name = target.name or target.id
    if (process_key, element_id) not in _completed(tx, loaded):
        raise Conflict(f"「{name}」还没有办理过，不能退回到该环节")
    here = _marking_around(loaded, process_key, element_id, user_task_id)
    if any(token.element_id == element_id for token in here.tokens):
        raise Conflict(f"「{name}」正在办理，无需退回")
    chosen, wrong = None, "没有在它之后进行中的环节"
    for candidate in _candidates(diagram, element_id, here, user_task_id):
        kept = [token for token in here.tokens if token not in candidate]
        problem = _problem(diagram, here.scope, [*kept, Token(element_id, None, ())])
        if problem is None:
            chosen = candidate
            break
        wrong = problem
    if chosen is None:
        raise Conflict(f"不能退回到「{name}」：{wrong}。请改用“调整环节”，同时处理其他分支")
    task_ids = [task_id for token in chosen for task_id in token.task_ids]
    loaded.execution.by_hand(
        lambda workflow, compiled: modification.return_to(
            workflow, tokens_by_hand.place(workflow, compiled, process_key, element_id, user_task_id), task_ids
        )
    )
    process_instances.settle(tx, loaded)
    detail = {"reason": given, "to": element_id, "name": name}
    return process_instances.save(tx, loaded, "instance.returned", detail=detail)


def _marking_around(loaded: Loaded, process_key: str, element_id: str, user_task_id: str | None) -> Marking:
    execution = loaded.execution
    place = tokens_by_hand.place(execution.workflow, execution.compiled, process_key, element_id, user_task_id)
    tokens = list(marking.tokens(place.scope, execution.compiled))
    return Marking(process_key, place.element.scope, tokens)


def standing(tx: Transaction, instance_id: str) -> list[StandingScope]:
    """Where an instance stands: its running scopes, their tokens, and the elements tokens could start at."""
    execution = process_instance_rows.saved(tx, instance_id)
    return [] if execution.completed else where.standing(execution.workflow, execution.compiled)


def done_user_tasks(tx: Transaction, instance: ProcessInstance) -> list[tuple[str, Element]]:
    """What one could return to: (process key, user task), as often as drawn, in the order first completed."""
    found: dict[tuple[str, str], Element] = {}
    for entry in audit.of_instance(tx, instance.business_key, instance.id):
        for key, element_id in entry.detail.get("completed", ()):
            element = process_definitions.diagram(tx, instance.definition_id, key).elements.get(element_id)
            if element is not None and element.type == "userTask":
                found[key, element_id] = element
    return [(key, element) for (key, _), element in found.items()]


def _problem(diagram: Diagram, scope: str, tokens: Sequence[Token]) -> str | None:
    return continuation.problem(diagram, scope, [(token.element_id, token.source) for token in tokens])


def _touched(loaded: Loaded, instructions: Sequence[Instruction]) -> Iterator[Marking]:
    diagrams = loaded.execution.compiled.diagrams
    scopes = {(each.process_key, diagrams[each.process_key].elements[each.element_id].scope) for each in instructions}
    for here in loaded.execution.markings():
        if (here.process_key, here.scope) in scopes:
            yield here


def _completed(tx: Transaction, loaded: Loaded) -> set[tuple[str, str]]:
    entries = audit.of_instance(tx, loaded.row.business_key, loaded.row.id)
    return {(key, element) for entry in entries for key, element in entry.detail.get("completed", ())}


def _candidates(diagram: Diagram, element_id: str, here: Marking, user_task_id: str | None) -> Iterator[list[Token]]:
    """What could be cancelled: everything behind the element, else one token of it."""
    behind = _behind(diagram, element_id)
    after = [token for token in here.tokens if token.element_id in behind]
    if user_task_id is not None:
        after = [token for token in after if user_task_id in token.task_ids] or after
    if after:
        yield after
    if len(after) > 1:
        yield from ([token] for token in after)


def _behind(diagram: Diagram, element_id: str) -> set[str]:
    """Every element that can be reached from one by sequence flows and boundary events."""
    found: set[str] = set()
    stack = [element_id]
    while stack:
        current = stack.pop()
        following = [flow.target for flow in diagram.flows.values() if flow.source == current]
        following += [each.id for each in diagram.elements.values() if each.attached_to == current]
        new = [each for each in following if each not in found]
        found.update(new)
        stack += new
    return found
