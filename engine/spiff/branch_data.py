"""Variables where parallel branches meet (ADR 0016): every branch keeps what it set.

A branch carries its own variables from where it split off. Where branches meet, each contributes what it wrote since
then; of two branches that wrote the same variable the one that wrote last wins. A variable is one value: lists and
objects are never mixed. Values are never changed in place, so branches may share them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from SpiffWorkflow.bpmn.util.subworkflow import BpmnBaseWorkflow
from SpiffWorkflow.task import Task

from engine.spiff import writes
from engine.spiff.task_tree import ARRIVED, OPEN, SEEN, line_to, open_ends
from engine.spiff.writes import LATEST, Writes

Line = list[Task]  # from the root down to the branch's end


def merged(ends: Sequence[Task]) -> tuple[dict[str, Any], Writes]:
    """The variables of branches that meet, and who wrote them; `ends` are tasks of one scope as they arrived."""
    return _meet([line_to(end) for end in ends], 0)


def current(scope: BpmnBaseWorkflow, last: Task | None = None) -> dict[str, Any]:
    """The variables of a running scope as its branches have them now; `last` names the one to count last."""
    return current_writes(scope, last)[0]


def current_writes(scope: BpmnBaseWorkflow, last: Task | None = None) -> tuple[dict[str, Any], Writes]:
    """As `current`, and the writes in the scope so far."""
    # where no writes are numbered yet (ADR 0016), who arrived last counts as the last to write
    ends = sorted(open_ends(scope), key=lambda end: end.internal_data.get(ARRIVED, LATEST))
    if last is not None:
        ends = [*(end for end in ends if end is not last), last]
    return merged(ends or [scope.last_task or scope.task_tree])


def gather(task: Task) -> None:
    """The task goes on alone, with the variables of all branches of its scope."""
    task.data, wrote = current_writes(task.workflow, last=task)
    writes.take_over(task, wrote)


def _meet(lines: list[Line], depth: int) -> tuple[dict[str, Any], Writes]:
    if len(lines) == 1:
        data, inside = leaving(lines[0][-1])
        return data, {**writes.along(lines[0][depth:]), **inside}
    wrote: Writes = writes.of(lines[0][depth])
    while True:
        here = lines[0][depth]
        groups: dict[Any, list[Line]] = {}
        for line in lines:
            if depth + 1 < len(line):
                below = line[depth + 1].id
                groups[below] = [*groups.pop(below, []), line]  # in the order of each group's last arrival
        if len(groups) > 1:
            break
        depth += 1
        wrote |= writes.of(lines[0][depth])
    result, winners = dict(here.data), Writes()
    for group in groups.values():
        known = {**here.data, **group[0][depth + 1].internal_data.get(SEEN, {})}
        _contribute(result, winners, known, *_meet(group, depth + 1))
    return result, {**wrote, **winners}


def leaving(end: Task) -> tuple[dict[str, Any], Writes]:
    """What an activity that is still open would leave behind; all that a finished one did."""
    if not end._state & OPEN:
        return dict(end.data), {}
    outer = getattr(end.task_spec, "outer_variables", None)
    data = outer(end) if outer is not None else dict(end.data)
    if end.parent is None:
        return data, {}
    inner = getattr(end.task_spec, "inner_writes", None)
    unfinished = dict.fromkeys(writes.differing(writes.found_by(end), data), LATEST)
    return data, {**unfinished, **(inner(end) if inner is not None else {})}


def _contribute(
    result: dict[str, Any], winners: Writes, known: dict[str, Any], branch: dict[str, Any], wrote: Writes
) -> None:
    """Put into `result` what one branch wrote after the others; nothing removes a variable."""
    # states saved before writes were numbered know them by their effect only
    differing = {*writes.differing(known, branch)}
    for name in [name for name in branch if name in wrote or name in differing]:
        number = wrote.get(name, 0)
        if number >= winners.get(name, 0):
            result[name], winners[name] = branch[name], number
