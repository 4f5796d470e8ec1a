"""What any version saved is continued by this one: to the same steps, the same variables and the same end."""

from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from SpiffWorkflow.util.task import TaskState

from engine.errors import UnreadableState
from engine.spiff import state_codec
from engine.spiff.standing import standing
from engine.spiff.task_specs import MultiInstance
from engine.spiff.writes import WROTE
from tests.engine.saved_states.playing import FOLDER, SCENARIOS, continued, play, read, started

EVERY = sorted(FOLDER.glob("format_*/*.json"))
NEWEST = FOLDER / f"format_{state_codec.FORMAT}"
PARENT, NAME, STATE, DATA = 1, 2, 3, 7  # places in the row of a task
CHANGED = (
    "一个已保存的状态不能照原样继续：保存格式、其含义或编译出的名称变了。"
    "Raise FORMAT in engine/spiff/state_codec.py, "
    "write the step from the format before in engine/spiff/state_upgrade.py, "
    "then run `python -m tests.engine.saved_states` (docs/decisions/0019). Never renew a state that is checked in."
)


@pytest.mark.parametrize("path", EVERY, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_state_that_was_saved_once_goes_on_as_if_it_had_never_been(path: Path) -> None:
    saved = read(path)
    whole = started(saved.scenario)
    play(whole, saved.scenario.before)
    try:
        rest = continued(saved)
        assert (rest.open, rest.next_due, rest.variables) == (whole.open, whole.next_due, whole.variables)
        assert play(rest, saved.scenario.after) == play(whole, saved.scenario.after)
    except Exception as error:
        raise AssertionError(f"{path.parent.name}/{path.name}: {CHANGED}") from error
    assert rest.completed
    assert saved.scenario.ends.items() <= rest.variables.items()


@pytest.mark.parametrize("name", ["parallel_multi_instance", "called_for_each_item", "called_without_results"])
def test_a_converted_multi_instance_keeps_its_books_as_one_begun_today(name: str) -> None:
    saved = read(FOLDER / "format_1" / f"{name}.json")
    whole = started(saved.scenario)
    play(whole, saved.scenario.before)
    books = [
        [
            ({k: v for k, v in t.internal_data.items() if k != WROTE}, t.data)  # writes were not numbered then
            for t in run.execution.workflow.tasks.values()
            if isinstance(t.task_spec, MultiInstance)
        ]
        for run in (continued(saved), whole)
    ]
    assert books[0] == books[1] != []


def test_between_two_completions_the_results_stand_in_the_order_of_the_items() -> None:
    """The first format collected them as they came."""
    saved = read(FOLDER / "format_1" / "parallel_multi_instance.json")
    document = _document(saved.state)
    [loop] = [row for row in document[2] if row[NAME] == "review"]
    [first, *_] = [row for row in document[2] if row[NAME] == "review [child]"]
    first[STATE], first[DATA]["opinion"], loop[DATA]["opinions"] = int(TaskState.COMPLETED), "A", ["B", "A"]
    run = continued(replace(saved, state=_packed(document)))
    assert run.variables["opinions"] == ["A", "B"]
    play(run, saved.scenario.after[:1])
    assert run.variables["opinions"] == ["A", "B", "C"]


def test_a_token_that_was_cancelled_on_its_way_to_a_join_does_not_count_there() -> None:
    """Cancelled stood also what waited; of that the step before was done."""
    saved = read(FOLDER / "format_1" / "join_of_three_two_arrived.json")
    document = _document(saved.state)
    by_id = {row[0]: row for row in document[2]}
    [ahead] = [row for row in document[2] if row[NAME] == "join" and by_id[row[PARENT]][NAME] == "c"]
    ahead[STATE] = int(TaskState.CANCELLED)
    run = continued(replace(saved, state=_packed(document)))
    waiting = [t for t in run.execution.workflow.tasks.values() if t.task_spec.name == "join"]
    assert [t.parent.task_spec.name for t in waiting if t.has_state(TaskState.WAITING)] == ["a", "b"]


def test_an_item_that_was_known_by_its_id_is_known_by_its_name_too() -> None:
    saved = read(FOLDER / "format_1" / "parallel_multi_instance.json")
    files = {
        name: content.replace(b'camunda:elementVariable="person"', b"").replace(
            b"<bpmn:outputDataItem", b'<bpmn:inputDataItem id="person" name="reviewer"/><bpmn:outputDataItem'
        )
        for name, content in saved.scenario.files.items()
    }
    run = continued(replace(saved, scenario=replace(saved.scenario, files=files)))
    [scope] = standing(run.execution.workflow, run.execution.compiled)
    assert [token.participants for token in scope.tokens] == [["a", "c"]]
    play(run, saved.scenario.after[:1])
    assert run.variables == {"people": ["a", "b", "c"], "opinions": ["B", "C"]}


def test_every_scenario_has_its_state_in_todays_format() -> None:
    assert {path.stem for path in NEWEST.glob("*.json")} >= set(SCENARIOS), CHANGED
    for path in EVERY:
        assert orjson.loads(zlib.decompress(read(path).state))[0] == int(path.parent.name.removeprefix("format_"))


@pytest.mark.parametrize("path", sorted(NEWEST.glob("*.json")), ids=lambda path: path.stem)
def test_what_was_written_in_todays_layout_under_the_first_number_goes_on_too(path: Path) -> None:
    """Between the two formats the number was not raised; such databases exist where this was developed."""
    saved = read(path)
    older = replace(saved, state=_numbered(saved.state, 1))
    assert play(continued(older), saved.scenario.after) == play(continued(saved), saved.scenario.after)


def test_a_state_of_a_newer_version_is_refused() -> None:
    saved = read(NEWEST / "parallel_multi_instance.json")
    with pytest.raises(UnreadableState, match=r"由更新的系统版本保存.*状态没有改动.*请换回升级后的版本"):
        continued(replace(saved, state=_numbered(saved.state, state_codec.FORMAT + 1)))


@pytest.mark.parametrize("number", [1, state_codec.FORMAT])
def test_a_state_at_an_element_nobody_knows_is_refused_by_name(number: int) -> None:
    saved = read(FOLDER / f"format_{number}" / "ticket_between_departments.json")
    text = zlib.decompress(saved.state)
    for name in (b'"record_contact_attempt"', b'"department_handling"'):
        assert name in text
        with pytest.raises(UnreadableState, match=r"环节（gone）.*状态没有改动.*流程干预.*调整环节"):
            continued(replace(saved, state=zlib.compress(text.replace(name, b'"gone"'))))


def _numbered(state: bytes, number: int) -> bytes:
    return _packed([number, *_document(state)[1:]])


def _document(state: bytes) -> list[Any]:
    found: list[Any] = orjson.loads(zlib.decompress(state))
    return found


def _packed(document: list[Any]) -> bytes:
    return zlib.compress(orjson.dumps(document))
