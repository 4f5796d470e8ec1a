"""A published holiday notice moves open deadlines, with an audit entry; nothing else moves."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from threading import Event, Thread, current_thread

import yaml
from sqlalchemy import event, insert, select

from engine import audit
from engine.recalculation import FINGERPRINT, recalculate_if_changed
from engine.tables import setting
from engine.working_days import SHANGHAI, WorkingDays
from tests.conftest import ROOT, FakeClock
from tests.engine.conftest import ANN, World, form
from tests.engine.diagrams import document, end, files, flows, start, timer_boundary, user_task

YEAR_END = datetime(2026, 12, 30, 10, 0, tzinfo=SHANGHAI)


def with_holiday(folder: Path, day: str) -> WorkingDays:
    """The calendar of processes/ with one more day off."""
    for name in ("holidays.yaml", "regulation.yaml"):
        shutil.copy(ROOT / "processes" / name, folder / name)
    holidays = yaml.safe_load((folder / "holidays.yaml").read_text(encoding="utf-8"))
    holidays["overrides"] = [
        *(holidays.get("overrides") or []),
        {"date": date.fromisoformat(day), "working": False, "reason": "调休放假", "source": "测试通知"},
    ]
    (folder / "holidays.yaml").write_text(yaml.safe_dump(holidays, allow_unicode=True), encoding="utf-8")
    return WorkingDays.from_folder(folder)


def test_a_holiday_notice_moves_open_deadlines_over_the_turn_of_the_year(
    world: World, clock: FakeClock, tmp_path: Path
) -> None:
    clock.now = YEAR_END
    due = 'camunda:dueDate="${workdays(3, began)}"'
    diagram = document(
        "p",
        start(),
        user_task("a", attributes=due),
        timer_boundary("late", "a", "${workdays(3, began)}", interrupting=True),
        end(),
        end("e2"),
        flows("start", "a", "end"),
        flows("late", "e2"),
    )
    still = document("q", start(), user_task("a"), end(), flows("start", "a", "end"))
    world.deploy(files(("p", diagram), ("q", still), forms={"p/a": form(), "q/a": form()}))
    world.start("p", "b1", began=YEAR_END.isoformat())
    world.start("q", "b2")
    recalculate_if_changed(world.runtime)
    before = world.task("a")
    assert before.due_explanation is not None
    assert before.due_explanation["provisional"]
    last = before.due_at.astimezone(SHANGHAI).date().isoformat()

    world.runtime = replace(world.runtime, working_days=with_holiday(tmp_path, last))
    assert recalculate_if_changed(world.runtime) == 1
    assert recalculate_if_changed(world.runtime) == 0

    after = world.task("a")
    assert after.due_at > before.due_at
    assert world.instance("b1").next_due == after.due_at
    assert world.instance("b2").version == 1
    with world.runtime.read(ANN) as tx:
        entry = audit.entries(tx, audit.instance_stream("b1"))[-1]
        assert entry.action == "deadlines.recalculated"
        assert entry.detail["user_tasks"][0]["user_task"] == after.id
        audit.verify(tx.connection, audit.instance_stream("b1"))


def test_workers_that_start_at_once_do_not_stand_in_each_others_way(world: World) -> None:
    runtime, reached, moved = world.runtime, Event(), []
    # SQLite lets one writer in at a time, so the other comes no further than having looked
    furthest = "SELECT setting" if runtime.database.is_sqlite else "INSERT INTO setting"

    def notice(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if current_thread() is other and statement.startswith(furthest):
            reached.set()

    event.listen(runtime.database.engine, "before_cursor_execute", notice)
    other = Thread(target=lambda: moved.append(recalculate_if_changed(runtime)))
    with runtime.write(ANN) as tx:
        tx.connection.execute(insert(setting).values(name=FINGERPRINT, value=runtime.working_days.fingerprint))
        other.start()
        assert reached.wait(10)  # it saw no fingerprint, and is about to write its own
    other.join(10)
    event.remove(runtime.database.engine, "before_cursor_execute", notice)
    assert moved == [0]
    with runtime.read(ANN) as tx:
        found = tx.connection.execute(select(setting.c.value).where(setting.c.name == FINGERPRINT)).scalars().all()
    assert found == [runtime.working_days.fingerprint]
