"""Process definitions to read: versions, diagram, steps with their clauses, decision tables in words."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from engine import forms, process_definitions
from engine.diagram import Diagram
from engine.errors import Forbidden
from engine.process_definitions import ProcessDefinition
from engine.transaction import Transaction
from hotline import organisation, persons
from hotline.access import Principal, may
from web.decision_words import DecisionWords
from web.problems import page_router
from web.rendering import render
from web.session import CurrentPrincipal, CurrentRuntime

router = page_router()

STEP_TYPES = {
    "userTask": "人工",
    "serviceTask": "系统",
    "businessRuleTask": "决策表",
    "callActivity": "子流程",
    "boundaryEvent": "时限或消息",
    "intermediateCatchEvent": "等待",
}


@router.get("/process-definitions")
def definition_list(request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal) -> Response:
    """The newest version of every process."""
    _require_reader(principal)
    with runtime.read(principal.actor) as tx:
        found = process_definitions.list_latest(tx)
        names = persons.names(tx, {definition.deployed_by for definition in found})
        called = {key for definition in found for key in process_definitions.process_keys(tx, definition.id)[1:]}
    context = {
        "definitions": sorted(found, key=lambda each: each.key in called),
        "called": called,
        "names": names,
        "may_deploy": may(principal, "definition.deploy"),
    }
    return render(request, "definitions/list.html", context)


@router.get("/process-definitions/{definition_id}")
def definition_page(
    request: Request, runtime: CurrentRuntime, principal: CurrentPrincipal, definition_id: str
) -> Response:
    """One version, whole."""
    _require_reader(principal)
    with runtime.read(principal.actor) as tx:
        definition = process_definitions.get(tx, definition_id)
        versions = process_definitions.versions(tx, definition.key)
        keys = process_definitions.process_keys(tx, definition_id)
        diagrams = [process_definitions.diagram(tx, definition_id, key) for key in keys]
        context = {
            "definition": definition,
            "versions": versions,
            "is_latest": versions[0].id == definition.id,
            "names": persons.names(tx, {each.deployed_by for each in versions}),
            "tabs": [_tab(definition, diagram) for diagram in diagrams],
            "parts": _parts(tx, diagrams),
            "tables": _tables(tx, definition),
        }
    return render(request, "definitions/definition.html", context)


def _require_reader(principal: Principal) -> None:
    if not (may(principal, "definition.deploy") or may(principal, "instance.view")):
        raise Forbidden("您的岗位没有查看流程定义的权限。工单页上的流程图不受影响。")


def _tab(definition: ProcessDefinition, diagram: Diagram) -> dict[str, Any]:
    return {
        "key": diagram.key,
        "name": diagram.name or diagram.key,
        "xml_url": f"/process-definitions/{definition.id}/diagrams/{diagram.key}",
        "current": diagram.key == definition.key,
        "open": 0,
    }


def _parts(tx: Transaction, diagrams: list[Diagram]) -> list[dict[str, Any]]:
    """Per process its steps: what, who, which clause."""
    groups = organisation.group_labels(tx)
    return [
        {
            "name": diagram.name or diagram.key,
            "steps": [
                {
                    "name": element.name,
                    "type": STEP_TYPES[element.type],
                    "lane": element.lane or "",
                    "who": groups.get(element.camunda.get("candidateGroups", ""), ""),
                    "clauses": list(element.clauses),
                    "documentation": element.documentation,
                }
                for element in diagram.elements.values()
                if element.type in STEP_TYPES
            ],
        }
        for diagram in diagrams
    ]


def _tables(tx: Transaction, definition: ProcessDefinition) -> list[dict[str, Any]]:
    loaded = process_definitions.load(tx, definition.id)
    words = DecisionWords.of(tx, (forms.load(text) for path, text in loaded.files.items() if path.endswith(".json")))
    return [words.decision(decision) for decision in loaded.decisions.values()]
