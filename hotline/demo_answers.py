"""What the demonstration's people enter into each form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.user_task_rows import UserTask
from engine.working_days import SHANGHAI

Files = Mapping[str, str]  # photo, recording → attachment id
FILES_OF = {"handle_matter": ("photo",), "submit_closing_report": ("photo", "recording")}


def answers(task: UserTask, script: Mapping[str, Any], now: datetime, done: int, files: Files) -> dict[str, Any]:
    """The data for one user task; `done` counts how often this step was done before."""
    return _ANSWERS[task.element_id](script, now.astimezone(SHANGHAI), done, files)


def _accept(script: Mapping[str, Any], _now: datetime, _done: int, _files: Files) -> dict[str, Any]:
    if "refuse" in script:
        category = {"refusal_category": script["refuse"], "refusal_reason": script["reason"]}
        return {"acceptance": "refuse", **category}
    if "return" in script:
        return {"acceptance": "return_to_platform", "platform_return_reason": script["return"]}
    return {"acceptance": "accept", "matter_class": script["class"]}


def _contact(script: Mapping[str, Any], now: datetime, _done: int, _files: Files) -> dict[str, Any]:
    slot = next(
        name for hour, name in ((12, "morning"), (14, "noon"), (18, "afternoon"), (24, "evening")) if now.hour < hour
    )
    if "quick" in script:
        quick = {"quick_close_reply": script["quick"], "reply_satisfaction": "satisfied"}
        return {"contact_result": "quick_closed", "time_slot": slot, **quick}
    verified = {"verified_demand": script["content"], "told_deadline": True}
    return {"contact_result": "reached", "time_slot": slot, "talk_minutes": 4, **verified}


def _dispatch(script: Mapping[str, Any], _now: datetime, _done: int, _files: Files) -> dict[str, Any]:
    place = {"place": script["place"]} if "place" in script else {}
    listed = {"dispatch_basis": "list", "item_number": str(script["item"]), "area": script["area"]}
    return {"dispatch_decision": "dispatch", **listed, **place}


def _handle(script: Mapping[str, Any], now: datetime, _done: int, files: Files) -> dict[str, Any]:
    site = {"has_site": "yes", "visited_at": now.isoformat(timespec="seconds"), "site_photos": [files["photo"]]}
    return {**site, "handling_process": script.get("story", "已到现场核实，情况属实，现场开展处置。")}


def _report(script: Mapping[str, Any], now: datetime, done: int, files: Files) -> dict[str, Any]:
    anonymous = not script.get("phone")
    reply: dict[str, Any] = {"reply_method": "not_possible", "no_reply_reason": "无联系电话，已附现场照片。"}
    if not anonymous and not script.get("confidential"):
        reply = {
            "reply_method": "phone",
            "reply_at": now.isoformat(timespec="seconds"),
            "reply_content": "已将处置情况和结果告知来电人。",
            "reply_satisfaction": "satisfied",
        }
    story = script.get("story", "已到现场核实并完成处置。")
    return {
        "demand_matches": "yes",
        "fact_finding": "substantiated",
        "demand_finding": "reasonable",
        "handling_result": "resolved",
        "closing_determination": "none",
        "handling_process": story if not done else f"{story}（第{done + 1}次报送：已补充处置依据和现场情况）",
        "basis": "《上海市市容环境卫生管理条例》《上海市住宅物业管理规定》",
        "result_photos": [files["photo"]],
        "recordings": [files["recording"]],
        "responsible_person": "经办人",
        "responsible_phone": "021-52850000",
        **reply,
    }


def _review(script: Mapping[str, Any], _now: datetime, done: int, _files: Files) -> dict[str, Any]:
    if script.get("send_back") and not done:
        reasons = {"return_reasons": ["missing_elements"], "review_opinion": "办理过程过于简单，请写明疏通时间和效果。"}
        return {"review_decision": "send_back", **reasons}
    return {"review_decision": "pass"}


def _callback(script: Mapping[str, Any], _now: datetime, done: int, _files: Files) -> dict[str, Any]:
    if "dissatisfied" in script and not done:
        told = {"dissatisfied_content": script["dissatisfied"]}
        return {"satisfaction": "dissatisfied", "resolution": "unresolved", **told}
    return {"satisfaction": "satisfied", "resolution": "resolved", "callback_content": "来电人对处置结果表示认可。"}


def _close(script: Mapping[str, Any], _now: datetime, _done: int, _files: Files) -> dict[str, Any]:
    points = (
        script.get("quick") or f"已先行联系来电人核实诉求。{script.get('story', '')}处置结果已答复来电人，其表示满意。"
    )
    return {"reply_points": points, "closing_determination": "none"}


def _return(script: Mapping[str, Any], _now: datetime, _done: int, _files: Files) -> dict[str, Any]:
    return {"return_category": "incomplete", "return_reason": script["return"], "caller_informed": "not_possible"}


_ANSWERS = {
    "accept_ticket": _accept,
    "record_contact_attempt": _contact,
    "dispatch_ticket": _dispatch,
    "handle_matter": _handle,
    "submit_closing_report": _report,
    "review_closing_report": _review,
    "record_callback": _callback,
    "close_ticket": _close,
    "record_platform_return": _return,
}
