"""Deadlines count the office's days, explain themselves, and say what is provisional."""

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvalidInput
from engine.rule_data import MalformedData, UnknownRule
from engine.working_days import SHANGHAI, Deadline, WorkingDays, instant

PROCESSES = Path(__file__).parents[2] / "processes"
WORKING_DAYS = WorkingDays.from_folder(PROCESSES)


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def changed_calendar(folder, change):
    """A copy of the real data with holidays.yaml changed."""
    for name in ("holidays.yaml", "regulation.yaml"):
        shutil.copy(PROCESSES / name, folder / name)
    content = yaml.safe_load((folder / "holidays.yaml").read_text("utf-8"))
    change(content)
    (folder / "holidays.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    return WorkingDays.from_folder(folder)


@pytest.mark.clause("3.2.1-3")
@pytest.mark.parametrize(
    ("start", "amount", "due"),
    [
        ("2026-03-02T09:00", 1, "2026-03-03"),  # an ordinary week
        ("2026-03-06T16:00", 1, "2026-03-09"),  # over a weekend
        ("2026-09-30T10:00", 1, "2026-10-08"),  # over the National Day holiday
        ("2026-09-30T10:00", 3, "2026-10-10"),  # Saturday the 10th is a make-up workday
        ("2026-10-03T10:00", 1, "2026-10-08"),  # starts on a holiday
        ("2026-10-10T10:00", 1, "2026-10-12"),  # starts on a make-up workday
        ("2026-02-13T10:00", 2, "2026-02-24"),  # make-up Saturday, then the Spring Festival
        ("2026-12-31T23:59", 1, "2027-01-04"),  # the turn of the year
        ("2026-12-29T08:00", 7, "2027-01-08"),
        ("2027-02-04T08:00", 1, "2027-02-09"),  # 2027: New Year's Eve to the third day
        ("2027-09-30T08:00", 1, "2027-10-04"),  # three statutory days only, until the notice
        ("2026-03-02T09:00", 0, "2026-03-02"),
        ("2026-03-07T09:00", 0, "2026-03-09"),
    ],
)
def test_a_deadline_is_the_end_of_the_nth_working_day_after_the_start_day(start, amount, due):
    assert WORKING_DAYS.workdays(amount, local(start)).due_at == local(f"{due}T23:59:59")


@pytest.mark.clause("3.1.2-1")
def test_natural_days_count_weekends_and_holidays():
    deadline = WORKING_DAYS.deadline("class_limit_suishenpai", local("2026-09-30T10:00"))
    assert deadline.due_at == local("2026-10-05T23:59:59")
    assert deadline.skipped == ()
    assert not deadline.provisional
    assert "5个自然日（条款 3.1.2-1，三（一）2（1））（起算日不计，含节假日、双休日）" in deadline.explanation


def test_natural_days_into_an_unpublished_year_are_not_provisional():
    assert not WORKING_DAYS.days(5, local("2026-12-30T10:00")).provisional


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        (datetime(2026, 3, 2, 15, 59, tzinfo=UTC), "2026-03-03"),  # 23:59 on Monday in Shanghai
        (datetime(2026, 3, 2, 16, 0, tzinfo=UTC), "2026-03-04"),  # already Tuesday in Shanghai
    ],
)
def test_the_start_day_is_the_day_in_shanghai(moment, due):
    deadline = WORKING_DAYS.workdays(1, moment)
    assert deadline.due_at == local(f"{due}T23:59:59")
    assert deadline.due_at.utcoffset() == timedelta(hours=8)


def test_summer_has_no_other_clock():
    july = WORKING_DAYS.workdays(1, local("2026-07-06T09:00")).due_at
    assert july.astimezone(UTC) == datetime(2026, 7, 7, 15, 59, 59, tzinfo=UTC)


@pytest.mark.clause("3.0-1")
def test_a_deadline_says_where_it_starts_which_rule_it_follows_and_what_it_skips():
    deadline = WORKING_DAYS.deadline("rework", local("2026-09-30T10:00"))
    assert deadline.explanation == (
        "自2026年9月30日（周三）10:00起算；"
        "回访不满意后重新办理：3个工作日（条款 3.3-14，三（二）1（1）；附件3二（三））（起算日不计）；"
        "跳过10月1日—7日国庆节；计入10月10日调休上班；至2026年10月10日（周六）23:59:59截止。"
    )
    assert [day.reason for day in deadline.skipped] == ["国庆节"] * 7


def test_a_deadline_in_an_unpublished_year_is_marked_provisional():
    deadline = WORKING_DAYS.deadline("class_limit_complex", local("2026-12-29T08:00"))
    assert deadline.provisional
    assert "跳过2027年1月1日元旦、2027年1月2日—3日周末" in deadline.explanation
    assert deadline.explanation.endswith("暂定：2027年放假安排尚未公布，按周末和法定节假日推算，公布后重新计算。")


def test_a_deadline_before_the_turn_of_the_year_is_final():
    assert not WORKING_DAYS.workdays(2, local("2026-12-29T08:00")).provisional


def test_the_very_first_day_after_the_start_is_explained_too():
    make_up_saturday = WORKING_DAYS.workdays(1, local("2026-10-09T10:00"))
    assert make_up_saturday.due_at == local("2026-10-10T23:59:59")
    assert [day.date for day in make_up_saturday.extra_workdays] == [date(2026, 10, 10)]
    assert WORKING_DAYS.workdays(1, local("2027-02-10T10:00")).provisional_years == (2027,)


def test_the_start_day_itself_is_not_counted_into_what_is_provisional_or_extra():
    assert WORKING_DAYS.workdays(0, local("2026-10-10T10:00")).extra_workdays == ()


def test_the_longest_span_and_the_first_and_last_year_can_be_computed():
    assert WORKING_DAYS.days(1_000, local("2026-03-02T09:00")).due_at == local("2028-11-26T23:59:59")
    last_day = local("2100-12-31T00:00")
    assert WORKING_DAYS.days(0, last_day).due_at == local("2100-12-31T23:59:59")
    for outside in ("2003-12-31T00:00", "2101-01-01T00:00"):
        with pytest.raises(InvalidInput, match="不在可计算的范围"):
            WORKING_DAYS.days(0, local(outside))


def test_a_product_target_does_not_pretend_to_have_a_clause():
    deadline = WORKING_DAYS.deadline("review_time", local("2026-03-02T09:00"))
    assert deadline.clause is None
    assert "城运审核结案报告：1个工作日（产品设定）" in deadline.explanation


@pytest.mark.clause("3.2.1-3")
def test_a_contradiction_of_the_source_travels_with_the_deadline():
    deadline = WORKING_DAYS.deadline("class_limit_difficult", local("2026-03-02T09:00"))
    assert "12个工作日" in deadline.conflict
    assert "15个工作日" in deadline.conflict


def test_hours_run_through_the_night():
    deadline = WORKING_DAYS.deadline("light_yellow_hours", local("2026-09-30T22:00"))
    assert deadline.due_at == local("2026-10-01T02:00")
    assert "4小时" in deadline.explanation


@pytest.mark.parametrize("rule_id", ["rework", "class_limit_suishenpai", "light_yellow_hours", "class_limit_difficult"])
def test_a_deadline_survives_the_way_through_json(rule_id):
    deadline = WORKING_DAYS.deadline(rule_id, local("2026-12-29T10:00"))
    content = deadline.to_json()
    assert Deadline.from_json(content) == deadline
    assert content["explanation"] == deadline.explanation


def test_what_is_not_a_time_span_has_no_deadline():
    with pytest.raises(InvalidInput, match="单个附件大小上限"):
        WORKING_DAYS.deadline("attachment_max_megabytes", local("2026-03-02T09:00"))
    with pytest.raises(UnknownRule):
        WORKING_DAYS.deadline("no_such_rule", local("2026-03-02T09:00"))


@pytest.mark.parametrize("amount", [-1, 1_001, 1.5, True, "3", None])
def test_an_impossible_number_of_days_is_refused(amount):
    with pytest.raises(InvalidInput, match="天数"):
        WORKING_DAYS.workdays(amount, local("2026-03-02T09:00"))


def test_a_time_is_read_with_or_without_its_zone():
    assert instant("2026-03-02T01:00:00Z") == local("2026-03-02T09:00")
    assert instant("2026-03-02T09:00") == local("2026-03-02T09:00")
    assert instant("2026-03-02") == local("2026-03-02T00:00")
    with pytest.raises(InvalidInput, match="不是有效的时间"):
        instant("yesterday")
    with pytest.raises(ValueError, match="naive"):
        instant(datetime(2026, 3, 2))  # noqa: DTZ001
    with pytest.raises(InvalidInput, match="不在可计算的范围"):
        WORKING_DAYS.workdays(1, "9999-12-31T00:00")


@pytest.mark.parametrize(
    ("on", "working", "reason", "provisional"),
    [
        (date(2026, 3, 2), True, "工作日", False),
        (date(2026, 3, 7), False, "周末", False),
        (date(2026, 10, 4), False, "国庆节", False),
        (date(2026, 10, 10), True, "调休上班", False),
        (date(2026, 9, 25), False, "中秋节", False),
        (date(2026, 4, 6), False, "清明节", False),
        (date(2027, 1, 1), False, "元旦", True),
        (date(2027, 2, 8), False, "春节", True),
        (date(2027, 2, 9), True, "工作日", True),
        (date(2027, 5, 2), False, "劳动节", True),
        (date(2027, 5, 3), True, "工作日", True),
        (date(2028, 10, 3), False, "中秋节", True),
        (date(2031, 10, 1), False, "国庆节", True),
    ],
)
def test_each_day_has_its_reason(on, working, reason, provisional):
    day = WORKING_DAYS.day(on)
    assert (day.working, day.reason, day.provisional) == (working, reason, provisional)


@pytest.mark.clause("A4-97")
@pytest.mark.parametrize(
    ("at", "open_"),
    [
        ("2026-03-02T09:00", True),
        ("2026-03-02T08:59:59", False),
        ("2026-03-02T17:29", True),
        ("2026-03-02T17:30", False),
        ("2026-03-07T10:00", False),
        ("2026-10-10T10:00", True),
        ("2026-10-01T10:00", False),
    ],
)
def test_office_hours_follow_the_calendar_and_the_clock(at, open_):
    assert WORKING_DAYS.is_office_hours(local(at)) is open_
    assert WORKING_DAYS.is_office_hours(local(at).astimezone(UTC)) is open_


def test_working_days_between_two_moments_are_counted_both_ways():
    start, end = local("2026-09-30T10:00"), local("2026-10-10T08:00")
    assert WORKING_DAYS.workdays_between(start, end) == 3
    assert WORKING_DAYS.workdays_between(end, start) == -3
    assert WORKING_DAYS.workdays_between(start, start) == 0


def test_an_override_of_the_office_wins_over_the_published_calendar(tmp_path):
    def close_on_tuesday(content):
        content["overrides"] = [
            {"date": date(2026, 3, 3), "working": False, "reason": "台风停工", "source": "市防汛办通知"},
            {"date": date(2026, 3, 7), "working": True, "reason": "加班", "source": "街道通知"},
            {"date": date(2027, 2, 11), "working": False, "reason": "临时停办", "source": "街道通知"},
        ]

    office = changed_calendar(tmp_path, close_on_tuesday)
    deadline = office.workdays(5, local("2026-03-02T09:00"))
    assert deadline.due_at == local("2026-03-09T23:59:59")
    assert office.workdays(1, local("2026-03-02T09:00")).due_at == local("2026-03-04T23:59:59")
    assert "跳过3月3日台风停工" in deadline.explanation
    assert "计入3月7日加班" in deadline.explanation
    assert not office.day(date(2027, 2, 11)).provisional
    assert office.fingerprint != WORKING_DAYS.fingerprint


@pytest.mark.parametrize("hours", ['"09:00"', '["09:00"]'])
def test_office_hours_that_are_no_two_times_are_refused(tmp_path, hours):
    office = changed_calendar(tmp_path, lambda content: None)
    regulation = tmp_path / "regulation.yaml"
    regulation.write_text(regulation.read_text("utf-8").replace('["09:00", "17:30"]', hours), "utf-8")
    office = WorkingDays.from_folder(tmp_path)
    with pytest.raises(MalformedData, match="office_hours"):
        office.is_office_hours(local("2026-03-02T09:00"))


def test_the_fingerprint_stays_while_the_data_stays_and_follows_the_rules_too(tmp_path):
    same = changed_calendar(tmp_path, lambda content: None)
    assert same.fingerprint == WORKING_DAYS.fingerprint
    regulation = tmp_path / "regulation.yaml"
    regulation.write_text(regulation.read_text("utf-8").replace("value: 15}", "value: 14}"), "utf-8")
    assert WorkingDays.from_folder(tmp_path).fingerprint != WORKING_DAYS.fingerprint


def publish_2027(content):
    """An invented notice: the real one is entered by the office."""
    content["years"][2027] = {
        "published": True,
        "source": "国务院办公厅通知",
        "holidays": [
            {"from": date(2027, 1, 1), "to": date(2027, 1, 3), "name": "元旦"},
            {"from": date(2027, 2, 5), "to": date(2027, 2, 11), "name": "春节"},
            {"from": date(2027, 4, 3), "to": date(2027, 4, 5), "name": "清明节"},
            {"from": date(2027, 5, 1), "to": date(2027, 5, 5), "name": "劳动节"},
            {"from": date(2027, 6, 9), "to": date(2027, 6, 9), "name": "端午节"},
            {"from": date(2027, 9, 15), "to": date(2027, 9, 15), "name": "中秋节"},
            {"from": date(2027, 10, 1), "to": date(2027, 10, 7), "name": "国庆节"},
        ],
        "workdays": [date(2027, 2, 14), date(2027, 4, 10)],
    }


def test_a_published_year_is_final_and_moves_the_deadlines(tmp_path):
    office = changed_calendar(tmp_path, publish_2027)
    start = local("2027-02-04T08:00")
    assert WORKING_DAYS.workdays(2, start).due_at == local("2027-02-10T23:59:59")
    deadline = office.workdays(2, start)
    assert deadline.due_at == local("2027-02-14T23:59:59")
    assert not deadline.provisional
    assert "跳过2月5日—11日春节、2月13日周末；计入2月14日调休上班" in deadline.explanation
    assert office.day(date(2027, 5, 3)).reason == "劳动节"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["years"][2027].update(published=True), "缺少：元旦、劳动节、国庆节"),
        (lambda c: c["years"][2027].update(workdays=[date(2027, 2, 10)]), "2027-02-10 不是"),
        (lambda c: c["years"][2027].update(workdays=[date(2028, 2, 12)]), "别的年份"),
        (
            lambda c: c["years"][2027]["holidays"].append(
                {"from": date(2027, 8, 2), "to": date(2027, 8, 1), "name": "x"}
            ),
            "起止日期",
        ),
        (lambda c: c.update(overrides=[{"date": date(2026, 3, 3), "working": False}]), "reason 和 source"),
        (
            lambda c: c.update(overrides=[{"date": "soon", "working": False, "reason": "a", "source": "b"}]),
            "reason 和 source",
        ),
        (
            lambda c: c.update(
                overrides=[{"date": date(2026, 3, 3), "working": False, "reason": "a", "source": "b"}] * 2
            ),
            "写了两次",
        ),
        (lambda c: c.update(year=1), "不认识的项"),
    ],
)
def test_a_holiday_file_that_cannot_be_right_is_refused(tmp_path, change, message):
    with pytest.raises(MalformedData, match=message):
        changed_calendar(tmp_path, change)


MOMENTS = st.datetimes(
    local("2023-01-01").replace(tzinfo=None),
    local("2032-12-31").replace(tzinfo=None),
    timezones=st.just(SHANGHAI),
)


@given(MOMENTS, MOMENTS, st.integers(0, 60), st.integers(0, 60))
def test_a_later_start_or_a_longer_limit_is_never_due_earlier(one, other, few, many):
    early, late = sorted((one, other))
    short, long = sorted((few, many))
    assert WORKING_DAYS.workdays(short, early).due_at <= WORKING_DAYS.workdays(short, late).due_at
    assert WORKING_DAYS.workdays(short, early).due_at <= WORKING_DAYS.workdays(long, early).due_at
    assert WORKING_DAYS.days(short, early).due_at <= WORKING_DAYS.workdays(short, early).due_at


@given(MOMENTS, st.integers(1, 60))
def test_a_deadline_falls_on_a_working_day_and_every_day_is_accounted_for(start, amount):
    deadline = WORKING_DAYS.workdays(amount, start)
    assert WORKING_DAYS.day(deadline.due_at.date()).working
    assert not any(day.working for day in deadline.skipped)
    assert (deadline.due_at.date() - start.date()).days == amount + len(deadline.skipped)
    assert WORKING_DAYS.workdays_between(start, deadline.due_at) == amount
    assert Deadline.from_json(deadline.to_json()) == deadline
