"""A scenario from its start, or from a state that was saved in the middle of it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.engine.rehearsal import Rehearsal
from tests.engine.saved_states.event_scenarios import EVENTS
from tests.engine.saved_states.scenarios import OTHERS, RUN_BY_FORMAT_1, Scenario, Step
from tests.engine.saved_states.ticket_scenarios import TICKETS, unpacked

FOLDER = Path(__file__).parent
SCENARIOS = {name: made() for name, made in {**RUN_BY_FORMAT_1, **OTHERS, **EVENTS, **TICKETS}.items()}


class Continued(Rehearsal):
    """Of a definition that was deployed once, under whatever rules held then."""

    def _check(self, files: dict[str, bytes], ignoring: str) -> None:
        """It runs on, whatever the gate says today."""


@dataclass(frozen=True)
class Saved:
    """A scenario with its own files, as they were when the state was saved."""

    scenario: Scenario
    state: bytes
    at: datetime


def read(path: Path) -> Saved:
    """A saved state with its files."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    archive = kept.get("archive")
    files = unpacked(archive) if archive else {name: text.encode() for name, text in kept["files"].items()}
    scenario = Scenario(
        files, kept["before"], kept["after"], kept["ends"], kept["variables"], kept["key"], archive=archive
    )
    return Saved(scenario, base64.b64decode(kept["state"]), datetime.fromisoformat(kept["at"]))


def write(path: Path, scenario: Scenario) -> None:
    """Play the first half and keep what is saved then."""
    run = started(scenario)
    play(run, scenario.before)
    kept: dict[str, Any] = {
        "key": scenario.key,
        "variables": scenario.variables,
        "before": scenario.before,
        "after": scenario.after,
        "ends": scenario.ends,
        "at": run.now.isoformat(),
        "state": base64.b64encode(run.blob).decode(),
    }
    if scenario.archive:
        kept["archive"] = scenario.archive
    else:
        kept["files"] = {name: content.decode() for name, content in scenario.files.items()}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def started(scenario: Scenario) -> Rehearsal:
    """From the beginning."""
    return Continued(scenario.files, scenario.key, **scenario.variables)


def continued(saved: Saved) -> Rehearsal:
    """From what was saved."""
    return Continued(saved.scenario.files, saved.scenario.key, saved=(saved.state, saved.at))


def play(run: Rehearsal, steps: list[Step]) -> list[Any]:
    """What every step did and left open."""
    told = []
    for step in steps:
        path, flows = len(run.path), len(run.flows)
        _do(run, step)
        told.append([step, sorted(run.path[path:]), sorted(run.flows[flows:]), run.open, run.next_due, run.variables])
    return told


def _do(run: Rehearsal, step: Step) -> None:
    match step:
        case ["complete", element, where, data]:
            run.complete(element, where, **data)
        case ["message", name, payload]:
            assert run.message(name, **payload)
        case ["signal", name, payload]:
            assert run.signal(name, **payload)
        case ["later", hours]:
            run.later(hours=hours)
        case _:
            raise AssertionError(step)
