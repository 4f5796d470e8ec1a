"""What to look at before a decision decides: functions nobody has, rows that clash or never get their turn, gaps."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from engine.decisions.hit_policies import Answers, priority, same
from engine.decisions.model import MANY_RESULTS, Decision, DecisionTable, Rule
from engine.decisions.regions import Regions, TooLarge
from engine.decisions.sections import finding
from engine.errors import Finding
from engine.expressions import PURE_FUNCTIONS, RESERVED_NAMES
from engine.feel import NOTHING, Value, plain

Row = tuple[str, str, str, str]  # rule, element, severity, message
MAX_SHOWN = 20  # clashes of one table


def review(decision: Decision, function_names: Collection[str] = (), file: str = "") -> list[Finding]:
    """Errors for functions nobody has, unusable output names and clashing rows; warnings for gaps and idle rows."""
    missing = sorted(name for name in decision.calls if name not in PURE_FUNCTIONS and name not in function_names)
    found = [("expression", decision.id, "error", f"{decision.title}调用的函数“{name}”不存在") for name in missing]
    found += [
        ("output-name", decision.id, "error", f"{decision.title}的输出名称“{name}”不能用作变量名，请改名")
        for name in decision.labels
        if not name.isidentifier() or name.startswith("_") or name in RESERVED_NAMES
    ]
    if isinstance(decision, DecisionTable):
        found += _rows(decision)
    return [finding(*row, file) for row in found]


def _rows(table: DecisionTable) -> Iterator[Row]:
    try:
        regions = Regions(table)
        if table.hit_policy == "FIRST":
            yield from _idle(table, regions)
        else:
            yield from _clashes(table, regions)
        if not table.has_default:
            yield from _gap(table, regions)
    except TooLarge:
        text = f"{table.title}太大，无法证明规则没有缺口和重叠，请拆成几张表"
        yield "decision-too-large", table.id, "warning", text


def _idle(table: DecisionTable, regions: Regions) -> Iterator[Row]:
    for number, rule in enumerate(table.rules):
        earlier = regions.shadowing(number)
        if earlier is not None:
            rows = f"第{rule.number}条永远轮不到：第{table.rules[earlier].number}条在前且已包含它"
            yield "decision-unreachable", rule.id, "warning", f"{table.title}{rows}，请调整顺序或删除"


def _clashes(table: DecisionTable, regions: Regions) -> Iterator[Row]:
    shown = 0
    for one, other in regions.overlapping():
        first, second = table.rules[one], table.rules[other]
        problem = _clash(table, first, second)
        if problem is None:
            continue
        rows = f"第{first.number}条与第{second.number}条会同时适用（如 {_example(regions.witness(one, other))}）"
        severity, text = problem
        yield "decision-overlap", second.id, severity, f"{table.title}{rows}，{text}"
        shown += 1
        if shown == MAX_SHOWN:
            return


def _clash(table: DecisionTable, first: Rule, second: Rule) -> tuple[str, str] | None:
    """Severity and what to do about two rows that fit together; None when the hit policy allows it."""
    if table.hit_policy == "UNIQUE":
        return "error", "而命中策略是 UNIQUE，请让它们互斥，或改用 FIRST"
    one, other = _constant(table, first), _constant(table, second)
    if one is None or other is None or same(one, other):
        return None
    if table.hit_policy == "ANY":
        return "error", "结果却不同，而命中策略是 ANY，请改成相同的结果，或改用 FIRST"
    if table.hit_policy == "PRIORITY" and priority(table, one) == priority(table, other):
        return "warning", "优先级相同而结果不同，将取在前的一条，请补全输出列的可选值"
    return None


def _constant(table: DecisionTable, rule: Rule) -> Answers | None:
    """What a row answers, when that is known before it decides."""
    answers: Answers = {}
    for column, expression in zip(table.outputs, rule.answers, strict=True):
        if expression is not None and not expression.constant:
            return None
        answers[column.name] = None if expression is None else expression.compute(NOTHING)
    return answers


def _gap(table: DecisionTable, regions: Regions) -> Iterator[Row]:
    found = regions.gap()
    if found is not None:
        text = f"没有规则适用于 {_example(found)}，届时会报错，请补充规则，或给输出列设默认值（defaultOutputEntry）"
        if table.hit_policy in MANY_RESULTS:
            text = text.replace("届时会报错", "届时结果为空")
        yield "decision-gap", table.id, "warning", f"{table.title}{text}"


def _example(values: list[tuple[str, Value]]) -> str:
    return "，".join(f"{label}={_word(value)}" for label, value in values) or "任何输入"


def _word(value: Value) -> str:
    words = {None: "空", True: "是", False: "否"}
    return words[value] if value is None or isinstance(value, bool) else str(plain(value))
