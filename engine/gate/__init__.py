"""What is refused at deploy, with the element named. The runtime executes nothing this has not passed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lxml import etree

from engine import decisions, forms, hardened_xml
from engine.diagram import BPMN, Diagram, localname, read
from engine.diagram_functions import EFFECT_FUNCTIONS
from engine.errors import DefinitionRefused, Finding, MinhuError
from engine.gate import (
    activities,
    branch_conflicts,
    catalogue,
    collaborations,
    compensation,
    coverage,
    data,
    document,
    effects,
    events,
    execution,
    expressions,
    flows,
    gateways,
    references,
    schema,
    scopes,
    soundness,
    uncaught,
    unexecuted,
    variables,
)
from engine.gate.catalogue import Fault, finding, findings
from engine.gate.references import Known
from engine.gate.view import View

__all__ = ["check"]

MOST_NODES, MOST_FLOWS = 1_000, 3_000  # of one process


@dataclass
class _Folder:
    """What the files of a deployment hold; each fault is kept as it is found."""

    diagrams: dict[str, tuple[str, Diagram]] = field(default_factory=dict)  # by process key, with the file
    roots: dict[str, etree._Element] = field(default_factory=dict)
    decisions: dict[str, decisions.Decision] = field(default_factory=dict)
    forms: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def check(
    files: Mapping[str, bytes],
    function_names: frozenset[str],
    groups: Collection[str] | None = None,
    catalogues: Collection[str] | None = None,
    caused: effects.Choices | None = None,
    started_by: Mapping[str, str] | None = None,
) -> list[Finding]:
    """All findings over a deployment's files; any with severity "error" forbids it.

    `groups` and `catalogues` are the office's candidate groups and option catalogues; None leaves them unchecked.
    `caused`: the effects that the office adds to service tasks, with the words their arguments may be.
    `started_by`: the message that starts a process deployed before, by process key.
    """
    folder = _Folder()
    for path in sorted(files):
        try:
            _read(path, files[path], function_names, catalogues, folder)
        except DefinitionRefused as refused:
            folder.findings += [replace(f, file=f.file or path) for f in refused.findings]
        except MinhuError as error:
            rule = "decision" if path.endswith(".dmn") else "form"
            folder.findings.append(Finding(rule, "", "error", error.message, path))
    found = folder.findings
    for path, root in folder.roots.items():
        found += findings([*document.check(root), *collaborations.check(root)], path)
    known = Known(set(folder.decisions), set(folder.forms), groups)
    diagrams = {key: diagram for key, (_, diagram) in folder.diagrams.items()}
    without_ids = {f.file for f in found if f.rule in ("duplicate-id", "id-missing")}  # nothing can be found by them
    for path, diagram in folder.diagrams.values():
        if path in without_ids:
            continue
        if len(diagram.elements) > MOST_NODES or len(diagram.flows) > MOST_FLOWS:
            found.append(finding(Fault("process-large", diagram.key, f"「{diagram.name}」"), path))
            continue
        view = View(diagram, path)
        found += findings(_process(view, diagrams, known, function_names, caused or {}), path)
    found += [finding(fault, path) for path, fault in document.across(folder.diagrams, started_by or {})]
    found += _schema(folder)
    if not any(f.severity == "error" for f in found):
        found += soundness.check(folder.diagrams)
        unset = variables.check(folder.diagrams, folder.decisions, folder.forms)
        lost = branch_conflicts.check(folder.diagrams, folder.decisions, folder.forms)
        found += [finding(fault, path) for path, fault in (*unset, *lost)]
    if not any(f.severity == "error" for f in found):
        found += execution.check(folder.diagrams, files)
    return catalogue.bounded(found)


def _read(
    path: str, content: bytes, functions: frozenset[str], catalogues: Collection[str] | None, folder: _Folder
) -> None:
    if path.endswith(".bpmn"):
        _read_diagrams(path, content, folder)
    elif path.endswith(".dmn"):
        tables = decisions.parse(content)
        for doubled in sorted(tables.keys() & folder.decisions.keys()):
            text = f"决策标识“{doubled}”在本次部署的另一个文件中已有，请改用唯一标识"
            folder.findings.append(Finding("decision-duplicate", doubled, "error", text, path))
        folder.decisions |= tables
        for table in tables.values():
            folder.findings += decisions.review(table, functions, path)
    elif path.endswith(".json"):
        folder.forms[path] = {}
        form = folder.forms[path] = forms.load(content)
        for name in sorted(forms.referenced_catalogues(form) - set(catalogues)) if catalogues is not None else ():
            folder.findings.append(finding(Fault("form-options", "", f"「{form['title']}」", name), path))


def _read_diagrams(path: str, content: bytes, folder: _Folder) -> None:
    root = hardened_xml.parse(content, path)
    if root.tag != f"{BPMN}definitions":
        what = f"{localname(root)}（{etree.QName(root).namespace or '无命名空间'}）"
        folder.findings.append(finding(Fault("xml-namespace", "", "", what), path))
        return
    folder.roots[path] = root
    found = read(root)
    if not found:
        folder.findings.append(finding(Fault("no-process", "", ""), path))
    for diagram in found:
        if diagram.key in folder.diagrams:
            other = folder.diagrams[diagram.key][0]
            folder.findings.append(finding(Fault("duplicate-key", diagram.key, diagram.key, other), path))
        folder.diagrams[diagram.key] = (path, diagram)


def _process(
    view: View,
    diagrams: Mapping[str, Diagram],
    known: Known,
    function_names: frozenset[str],
    caused: effects.Choices,
) -> Iterator[Fault]:
    yield from coverage.check(view)
    yield from unexecuted.check(view)
    yield from flows.check(view)
    yield from scopes.check(view)
    yield from activities.check(view, diagrams)
    yield from events.check(view)
    yield from compensation.check(view, diagrams)
    yield from uncaught.check(view, diagrams)
    yield from gateways.check(view)
    yield from data.check(view)
    yield from collaborations.check_lanes(view)
    yield from references.check(view, known)
    yield from expressions.check(view, function_names, EFFECT_FUNCTIONS | caused.keys())
    yield from effects.check(view, caused)


def _schema(folder: _Folder) -> Iterator[Finding]:
    """Only of elements that no other rule has named: one finding per fault."""
    named = {(f.file, f.element) for f in folder.findings if f.severity == "error"}
    for path, root in folder.roots.items():
        yield from (f for f in findings(schema.check(root), path) if (path, f.element) not in named)
