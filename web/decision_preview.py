"""What the responsibility list says about the answers so far, before the dispatcher commits to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import decisions, expressions, process_definitions
from engine.diagram import Element
from engine.diagram_functions import StepFunctions
from engine.errors import MinhuError
from engine.transaction import Transaction
from engine.user_task_rows import UserTask
from web.forms import Schema

DECISION = "responsibility"
HIDDEN_OUTPUTS = {"item_label"}


@dataclass(frozen=True)
class Preview:
    """Rows of label and text, or the reason why nothing is decided yet."""

    rows: list[tuple[str, str]]
    clauses: tuple[str, ...] = ()
    problem: str = ""


def inputs(tx: Transaction, task: UserTask, schema: Schema) -> set[str]:
    """The fields of this form that the decision after it asks for; none when there is no such decision."""
    element = _element(tx, task)
    if element is None:
        return set()
    table = process_definitions.decision(tx, task.definition_id, DECISION)
    return set(table.names) & set(schema.get("properties", {}))


def preview(
    tx: Transaction, task: UserTask, variables: Mapping[str, Any], data: Mapping[str, Any], names: Mapping[str, str]
) -> Preview:
    """Evaluates the table as the process will: after this task's outputs, with the decision's own inputs."""
    element = _element(tx, task)
    if element is None:
        return Preview([])
    functions = StepFunctions(tx).callables
    values = {**variables, **data}
    own = process_definitions.diagram(tx, task.definition_id, task.process_key).elements[task.element_id]
    try:
        for name, source in (*own.outputs, *element.inputs):
            values[name] = expressions.evaluate(expressions.strip(source), values, functions)
        table = process_definitions.decision(tx, task.definition_id, DECISION)
        result = decisions.evaluate(table, values, functions)
    except MinhuError as error:
        return Preview([], problem=error.message)
    rows = [
        (label, _named(result.outputs[name], names))
        for name, label in table.labels.items()
        if name not in HIDDEN_OUTPUTS and result.outputs[name] not in (None, "", [])
    ]
    return Preview(rows, result.clauses)


def _element(tx: Transaction, task: UserTask) -> Element | None:
    diagram = process_definitions.diagram(tx, task.definition_id, task.process_key)
    return next((e for e in diagram.elements.values() if e.camunda.get("decisionRef") == DECISION), None)


def _named(value: Any, names: Mapping[str, str]) -> str:
    values = value if isinstance(value, list) else [value]
    return "、".join(names.get(str(one), str(one)) for one in values)
