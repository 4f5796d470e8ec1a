"""One form per user task, in Chinese, citing real clauses, choosing only from known catalogues."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from engine import forms
from hotline.option_catalogues import CATALOGUES
from tests.processes.annex_4 import DATA
from tests.processes.journey import ROOT
from tests.processes.test_diagrams import KEYS, diagram

FORMS = sorted(path.relative_to(ROOT / "forms").as_posix() for path in (ROOT / "forms").rglob("*.json"))


def schema(path: str) -> dict[str, Any]:
    """A form as the engine reads it; loading refuses what it does not understand."""
    return forms.load((ROOT / "forms" / path).read_bytes())


def asked() -> Iterator[str]:
    """The form file of every user task."""
    for key in KEYS:
        for element in diagram(key).elements.values():
            if element.type == "userTask":
                yield f"{key}/{element.camunda['formKey']}.json"


def test_every_user_task_has_its_form_and_every_form_its_task() -> None:
    assert sorted(asked()) == FORMS


@pytest.mark.parametrize("path", FORMS)
def test_a_form_chooses_only_from_known_catalogues(path: str) -> None:
    assert forms.referenced_catalogues(schema(path)) <= set(CATALOGUES)


@pytest.mark.parametrize("path", FORMS)
def test_a_form_has_titles_labels_and_real_clauses(path: str) -> None:
    known = set((DATA / "clause_ids.txt").read_text(encoding="utf-8").split())
    for name, field in schema(path)["properties"].items():
        assert field["title"], name
        assert field.get("x-clause", "2-1") in known, name
        if "enum" in field:
            assert set(field["x-labels"]) == set(field["enum"]), name


@pytest.mark.clause("3.3-4")
@pytest.mark.parametrize("path", FORMS)
def test_no_field_takes_more_than_three_files(path: str) -> None:
    for name, field in schema(path)["properties"].items():
        if field.get("x-widget") == "files":
            assert (field["maxItems"], field["x-options"]) == (3, "ticket_attachments"), name


@pytest.mark.parametrize("path", FORMS)
def test_what_a_person_must_fill_in_tells_so_in_its_own_words(path: str) -> None:
    loaded = schema(path)
    needed = set(loaded["required"])
    for part in loaded.get("allOf", []):
        needed |= set(part.get("then", {}).get("required", []))
    for name in needed:
        assert loaded["properties"][name].get("x-message"), name


@pytest.mark.clause("3.3-6")
def test_the_closing_report_has_the_code_lists_of_the_regulation() -> None:
    fields = schema("department_handling/submit_closing_report.json")["properties"]
    assert list(fields["fact_finding"]["x-labels"].values()) == ["属实", "部分属实", "不属实"]
    assert list(fields["demand_finding"]["x-labels"].values()) == ["合理合法", "诉求过高", "无政策依据", "其他"]
    assert list(fields["handling_result"]["x-labels"].values()) == ["实际解决", "诉求过高", "解释说明"]
    five = ["不属实", "不采纳", "有政策不接受", "无政策", "留作参考"]
    assert list(fields["closing_determination"]["x-labels"].values())[1:] == five


def test_forms_are_written_as_people_read_them() -> None:
    for path in FORMS:
        text = (ROOT / "forms" / path).read_text(encoding="utf-8")
        assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=2) + "\n", path
