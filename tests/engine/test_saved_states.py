"""What any version saved is continued by this one: to the same steps, the same variables and the same end."""

from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.errors import UnreadableState
from engine.spiff import state_codec
from engine.spiff.task_specs import MultiInstance
from engine.spiff.writes import WROTE
from tests.engine.saved_states.playing import FOLDER, SCENARIOS, continued, play, read, started

EVERY = sorted(FOLDER.glob("format_*/*.json"))
NEWEST = FOLDER / f"format_{state_codec.FORMAT}"
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
    document: list[Any] = orjson.loads(zlib.decompress(state))
    document[0] = number
    return zlib.compress(orjson.dumps(document))
