"""The random models of the test command use every feature of BPMN 2.0 that is executed, save the gaps named here."""

from __future__ import annotations

from engine import hardened_xml
from engine.diagram import read
from engine.gate import coverage
from engine.gate.view import View
from tests.models.generate import Model, model
from tests.models.test_models import MODELS

GAPS: dict[str, str] = {}  # feature: why no model has it


def features(made: Model) -> set[str]:
    """What a model uses."""
    diagrams = {path: read(hardened_xml.parse(made.files[path], path)) for path in made.files if path.endswith(".bpmn")}
    views = [View(diagram, path) for path, found in diagrams.items() for diagram in found]
    return {feature for view in views for feature, _, _ in coverage.used(view)}


def test_the_models_use_every_executed_feature_but_the_named_gaps() -> None:
    used = {feature for seed in range(MODELS) for feature in features(model(seed))}
    executed = {row.feature for row in coverage.table().values() if row.verdict != coverage.REFUSED}
    assert used <= executed
    missing = executed - used
    assert missing - GAPS.keys() == set(), "no model has these: draw them, or say why not"
    assert GAPS.keys() - missing == set(), "the models have these: the gap is closed, take it off the list"
