"""What is refused at deploy, with the element named. The runtime executes nothing this has not passed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine import decisions, forms, hardened_xml
from engine.diagram import Diagram, read
from engine.errors import DefinitionRefused, Finding, MinhuError
from engine.gate import coverage, elements, execution, expressions, flows, references

__all__ = ["check"]


def check(files: Mapping[str, bytes], function_names: frozenset[str]) -> list[Finding]:
    """All findings over a deployment's files; any with severity "error" forbids it."""
    findings: list[Finding] = []
    diagrams: dict[str, tuple[str, Diagram]] = {}
    for path in sorted(files):
        if path.endswith(".bpmn"):
            findings += _read_diagrams(path, files[path], diagrams)
    decision_ids, form_paths, more = _read_others(files, function_names)
    findings += more
    for path, diagram in diagrams.values():
        findings += coverage.check(diagram, path)
        findings += elements.check(diagram, path)
        findings += flows.check(diagram, path)
        findings += references.check(diagram, path, set(diagrams), decision_ids, form_paths)
        findings += expressions.check(diagram, path, function_names)
    if not any(f.severity == "error" for f in findings):
        findings += execution.check({key: d for key, (_, d) in diagrams.items()}, files)
    return findings


def _read_diagrams(path: str, content: bytes, diagrams: dict[str, tuple[str, Diagram]]) -> list[Finding]:
    try:
        root = hardened_xml.parse(content, path)
    except DefinitionRefused as refused:
        return list(refused.findings)
    findings = elements.duplicates(root, path)
    found = read(root)
    if not found:
        findings.append(Finding("no-process", "", "error", "文件中没有流程（process）", path))
    for diagram in found:
        if diagram.key in diagrams:
            other = diagrams[diagram.key][0]
            findings.append(
                Finding("duplicate-key", diagram.key, "error", f"流程标识与 {other} 重复，请改用唯一标识", path)
            )
        diagrams[diagram.key] = (path, diagram)
    return findings


def _read_others(
    files: Mapping[str, bytes], function_names: frozenset[str]
) -> tuple[set[str], set[str], list[Finding]]:
    decision_ids: set[str] = set()
    form_paths: set[str] = set()
    findings: list[Finding] = []
    for path in sorted(files):
        try:
            if path.endswith(".dmn"):
                tables = decisions.parse(files[path])
                decision_ids |= set(tables)
                findings += [f for table in tables.values() for f in decisions.review(table, function_names, path)]
            elif path.endswith(".json"):
                forms.load(files[path])
                form_paths.add(path)
        except DefinitionRefused as refused:
            findings += [replace(f, file=f.file or path) for f in refused.findings]
        except MinhuError as error:
            rule = "decision" if path.endswith(".dmn") else "form"
            findings.append(Finding(rule, "", "error", error.message, path))
    return decision_ids, form_paths, findings
