"""Writes the tables of what the engine does with BPMN and of the gate's rules: python -m docs.bpmn_tables"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from engine import hardened_xml
from engine.gate.catalogue import rules
from engine.gate.coverage import EXECUTED, NORMALIZED, REFUSED, table

HERE = Path(__file__).parent
VERDICTS = {EXECUTED: "执行", NORMALIZED: "等价改写后执行", REFUSED: "拒绝"}
REFUSAL = "tests/engine/test_coverage.py::test_a_refused_feature_is_refused_with_its_fix_and_section"
RULES = "tests/engine/test_gate_rules.py"
OTHERS = {  # rule or its beginning → where it is shown
    "soundness-": "tests/engine/test_soundness.py",
    "variable-": "tests/engine/test_gate_variables.py",
    "unsupported": REFUSAL,
    "engine": "tests/fuzz/test_upload.py",
    "too-many": "tests/engine/test_gate.py::test_a_flood_of_findings_is_cut_off_with_an_error",
    "xml-": "tests/engine/test_hardened_xml.py",
}
NOTE = "<!-- 由 python -m docs.bpmn_tables 生成，请勿手改 -->\n"


def coverage() -> str:
    """docs/bpmn-coverage.md: every feature, its verdict, section, fix and test."""
    counts = Counter(row.verdict for row in table().values())
    summary = "，".join(f"{VERDICTS[verdict]} {counts[verdict]}" for verdict in VERDICTS)
    rows = (
        (row.feature, row.name, VERDICTS[row.verdict], row.section, row.fix, _test(row.test or REFUSAL))
        for row in table().values()
    )
    return (
        f"# BPMN 2.0.2 执行范围\n\n{NOTE}\n"
        "出自 `engine/gate/coverage.yaml`。部署时检查依据同一张表：标为“拒绝”的，部署时指出元素和替代画法；\n"
        f"表中没有的组合，标准不允许，同样拒绝。共 {sum(counts.values())} 项：{summary}。\n\n"
        + _markdown(("特征", "名称", "处理", "标准", "替代画法", "测试"), rows)
    )


def constraints() -> str:
    """docs/bpmn-constraints.md: every rule, its severity, section, message and test."""
    file_rules = ((rule, "错误", "", message, _test(_shown(rule))) for rule, message in hardened_xml.MESSAGES.items())
    own = (
        (r.rule, "错误" if r.severity == "error" else "提醒", r.section, r.message, _test(_shown(r.rule)))
        for r in rules().values()
    )
    return (
        f"# 部署检查的规则\n\n{NOTE}\n"
        "出自 `engine/gate/constraints.yaml` 与 `engine/hardened_xml.py`。没有章节的是本系统自己的规则。"
        "花括号处填入元素名称等。\n\n" + _markdown(("规则", "程度", "标准", "说明", "测试"), (*file_rules, *own))
    )


def _shown(rule: str) -> str:
    return next((test for start, test in OTHERS.items() if rule.startswith(start)), RULES)


def _test(name: str) -> str:
    path, _, function = name.partition("::")
    return f"[{function or Path(path).name}](../{path})"


def _markdown(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *(list(row) for row in rows)]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def main() -> None:
    """Write both."""
    (HERE / "bpmn-coverage.md").write_text(coverage(), encoding="utf-8")
    (HERE / "bpmn-constraints.md").write_text(constraints(), encoding="utf-8")


if __name__ == "__main__":
    main()
