"""From the rows that fit to the one result of a table (DMN 1.3, 8.2.11)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.decisions.model import BY_PRIORITY, MANY_RESULTS, DecisionTable, Rule
from engine.feel import Value, equal, largest, smallest, total

Answers = dict[str, Value]
AGGREGATES: dict[str, Callable[[list[Value]], Value]] = {"SUM": total, "MIN": smallest, "MAX": largest, "COUNT": len}


class Clash(Exception):
    """The fitting rows contradict the hit policy; `rules` are the ones, `differing` when their answers differ."""

    def __init__(self, rules: list[Rule], differing: bool) -> None:
        super().__init__()
        self.rules = rules
        self.differing = differing


class NoRule(Exception):
    """No row fits, and the table has no default."""


@dataclass(frozen=True)
class Outcome:
    """Outputs by name, the result as other decisions see it, and the rows it comes from."""

    outputs: Answers
    value: Value
    rules: tuple[Rule, ...] = ()


def decide(table: DecisionTable, hits: list[tuple[Rule, Answers]], default: Answers | None) -> Outcome:
    """The result of the rows that fit, in their order; raises Clash or NoRule, TypeError when it cannot aggregate."""
    if not hits and default is not None:
        return Outcome(default, _value(table, default))
    if not hits and table.hit_policy in MANY_RESULTS:
        return Outcome({column.name: None for column in table.outputs}, None)
    if table.hit_policy in BY_PRIORITY:
        hits = sorted(hits, key=lambda hit: priority(table, hit[1]))
    if table.hit_policy in MANY_RESULTS:
        return _many(table, hits)
    if not hits:
        raise NoRule
    if len(hits) > 1 and table.hit_policy == "UNIQUE":
        raise Clash([rule for rule, _ in hits], False)
    first, answers = hits[0]
    if table.hit_policy != "ANY":
        return Outcome(answers, _value(table, answers), (first,))
    for rule, others in hits[1:]:
        if not same(answers, others):
            raise Clash([first, rule], True)
    return Outcome(answers, _value(table, answers), tuple(rule for rule, _ in hits))


def priority(table: DecisionTable, answers: Answers) -> tuple[int, ...]:
    """Where the answers stand in the lists of output values, left column first; columns without a list do not count."""
    ranks = []
    for column in table.outputs:
        listed = column.allowed.values
        if listed is not None:
            found = [rank for rank, value in enumerate(listed) if equal(answers[column.name], value) is True]
            ranks.append(found[0] if found else len(listed))
    return tuple(ranks)


def same(one: Answers, other: Answers) -> bool:
    """Whether two rows answer alike."""
    return all(equal(value, other[name]) is True for name, value in one.items())


def _many(table: DecisionTable, hits: list[tuple[Rule, Answers]]) -> Outcome:
    rows = [answers for _, answers in hits]
    rules = tuple(rule for rule, _ in hits)
    lists = {column.name: [row[column.name] for row in rows] for column in table.outputs}
    if table.aggregation:
        (name,) = lists
        value = AGGREGATES[table.aggregation](lists[name])
        return Outcome({name: value}, value, rules)
    return Outcome(lists, [_value(table, row) for row in rows], rules)


def _value(table: DecisionTable, answers: Answers) -> Value:
    """One output is itself; several are an object."""
    return answers if len(table.outputs) > 1 else answers[table.outputs[0].name]
