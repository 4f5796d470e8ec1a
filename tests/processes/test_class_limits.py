"""The decision table `class_limits`: one row for every kind, class and mark, and only rules that exist."""

from __future__ import annotations

from itertools import product

import pytest

from engine import decisions
from engine.working_days import WorkingDays
from tests.conftest import MONDAY_MORNING
from tests.processes.journey import ROOT

KINDS, CLASSES = ("ordinary", "suishenpai"), ("urgent", "inquiry", "complex", "difficult")


def decide(kind: str, recheck: bool, matter_class: str) -> dict[str, str]:
    """The rules of a ticket."""
    path = ROOT / "processes" / "ticket_handling" / "class_limits.dmn"
    known = {"ticket_kind": kind, "recheck": recheck, "matter_class": matter_class}
    starts = {"reported_at": "when reported", "accepted_at": "when accepted"}
    result = decisions.evaluate(decisions.parse(path.read_bytes())["class_limits"], {**known, **starts})
    assert len(result.rule_ids) == 1
    return result.outputs


@pytest.mark.parametrize(("kind", "recheck", "matter_class"), [*product(KINDS, (True, False), CLASSES)])
def test_every_ticket_has_exactly_one_row_and_every_rule_it_names_exists(
    kind: str, recheck: bool, matter_class: str, working_days: WorkingDays
) -> None:
    outputs = decide(kind, recheck, matter_class)
    for name in ("limit_rule", "target_rule", "department_rule", "first_contact_rule"):
        rule = working_days.rules.rule(outputs[name], MONDAY_MORNING.date())
        assert rule.unit in ("workdays", "days"), name


@pytest.mark.clause("3.2.1-3")
@pytest.mark.parametrize("matter_class", CLASSES)
def test_an_ordinary_ticket_is_limited_by_its_class_from_acceptance(matter_class: str) -> None:
    outputs = decide("ordinary", False, matter_class)
    assert outputs["limit_rule"] == f"class_limit_{matter_class}"
    assert outputs["department_rule"] == f"department_limit_{matter_class}"
    assert outputs["limit_start"] == "when accepted"


@pytest.mark.clause("3.1.2-1")
@pytest.mark.parametrize("recheck", [True, False])
def test_a_suishenpai_ticket_counts_from_the_report_whatever_else_it_is(recheck: bool) -> None:
    outputs = decide("suishenpai", recheck, "complex")
    assert (outputs["limit_rule"], outputs["limit_start"]) == ("class_limit_suishenpai", "when reported")


@pytest.mark.clause("3.2.1-3")
def test_a_recheck_ticket_has_its_own_limit() -> None:
    assert decide("ordinary", True, "difficult")["limit_rule"] == "class_limit_recheck"
