"""Variables where parallel branches meet (ADR 0016): every branch keeps what it set.

A branch carries its own variables from where it split off. Where branches meet, each contributes what it changed since
then; of two branches that changed the same variable the one that arrived last wins. A variable is one value: lists and
objects are never mixed. Values are never changed in place, so branches may share them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from SpiffWorkflow.bpmn.util.subworkflow import BpmnBaseWorkflow
from SpiffWorkflow.task import Task

from engine.spiff.task_tree import OPEN, SEEN, line_to, open_ends

Line = list[Task]  # from the root down to the branch's end


def merged(ends: Sequence[Task]) -> dict[str, Any]:
    """The variables of branches that meet; `ends` are tasks of one scope in the order they arrived."""
    return _meet([line_to(end) for end in ends], 0)


def current(scope: BpmnBaseWorkflow, last: Task | None = None) -> dict[str, Any]:
    """The variables of a running scope as its branches have them now; `last` names the one to count last."""
    ends = open_ends(scope)
    if last is not None:
        ends = [*(end for end in ends if end is not last), last]
    return merged(ends or [scope.last_task or scope.task_tree])


def _meet(lines: list[Line], depth: int) -> dict[str, Any]:
    while True:
        here = lines[0][depth]
        groups: dict[Any, list[Line]] = {}
        for line in lines:
            if depth + 1 < len(line):
                below = line[depth + 1].id
                groups[below] = [*groups.pop(below, []), line]  # in the order of each group's last arrival
        if not groups:
            return _leaving(here)
        if len(groups) > 1:
            break
        depth += 1
    result = dict(here.data)
    for group in groups.values():
        known = {**here.data, **group[0][depth + 1].internal_data.get(SEEN, {})}
        contribute(result, known, _meet(group, depth + 1))
    return result


def _leaving(end: Task) -> dict[str, Any]:
    """What an activity that is still open would leave behind; all that a finished one did."""
    outer = getattr(end.task_spec, "outer_variables", None)
    return outer(end) if outer is not None and end._state & OPEN else dict(end.data)


def contribute(result: dict[str, Any], base: dict[str, Any], branch: dict[str, Any]) -> None:
    """Put into `result` what `branch` set or changed since `base`; nothing removes a variable."""
    for name, value in branch.items():
        if name not in base or (base[name] is not value and base[name] != value):
            result[name] = value
