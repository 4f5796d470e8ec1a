"""答复要点 and the result pack: brief, from the ticket's own data, ready to paste, without the caller's name."""

from __future__ import annotations

import io
import zipfile

import pytest

from engine.errors import NotFound
from hotline import demo_files, reply_points, result_pack
from tests.hotline.ticket_office import ACCEPTED, CLOSED, SATISFIED, TicketOffice


def draft(desk: TicketOffice, number: str, login: str = "intake1") -> str:
    person = desk.principal(login)
    with desk.runtime.read(person.actor) as tx:
        return reply_points.draft(tx, person, number)


@pytest.mark.clause("3.1.1-9")
def test_the_draft_names_contact_and_reply_times_findings_and_departments(desk: TicketOffice) -> None:
    number = desk.dispatched(title="王小明13812345678反映楼道堆物")
    desk.reviewed(number)
    text = draft(desk, number)
    assert "城运中心于3月2日9时00分与来电人进行了先行联系" in text
    assert "真光片区于3月2日9时00分先行联系，经核实，情况属实：上门劝导，清理楼道堆物两车。处理结果：实际解决。" in text
    assert "3月2日16时00分已将处理结果答复来电人" in text
    assert text.index("真光片区") < text.index("社区自治办")
    assert "王小明" not in text
    assert "13812345678" not in text


def test_without_a_phone_the_draft_says_so(desk: TicketOffice) -> None:
    number = desk.dispatched(caller_phone=None, anonymous=True)
    assert "因无联系电话未能先行联系" in draft(desk, number)


@pytest.mark.clause("3.2.1-4")
def test_an_answer_given_at_once_is_the_draft(desk: TicketOffice) -> None:
    number = desk.enter()
    desk.do(number, "accept_ticket", ACCEPTED)
    quick = {"quick_close_reply": "已告知办事地点和材料", "reply_satisfaction": "satisfied"}
    desk.do(number, "record_contact_attempt", {"contact_result": "quick_closed", "time_slot": "morning", **quick})
    assert "已告知办事地点和材料。3月2日9时00分已将处理结果答复来电人。" in draft(desk, number)


def test_the_pack_holds_text_list_and_files(desk: TicketOffice) -> None:
    number = desk.dispatched()
    desk.upload("intake1", number, demo_files.photo("现场/照片.png", 3))
    desk.runtime.clock.advance(minutes=1)  # type: ignore[attr-defined]
    desk.reviewed(number)
    desk.do(number, "record_callback", SATISFIED)
    desk.do(number, "close_ticket", CLOSED | {"reply_points": "王小明反映的堆物已清理，联系电话021-52850000。"})
    person = desk.principal("intake1")
    with desk.runtime.write(person.actor) as tx:
        name, content = result_pack.pack(tx, person, number)
    assert name == f"{number}_结果.zip"
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        names = packed.namelist()
        result = packed.read("结果.txt").decode("utf-8-sig")
        listing = packed.read("附件清单.txt").decode("utf-8-sig")
        assert packed.read("附件/01_照片.png") == demo_files.photo("x", 3).content
    assert names == ["结果.txt", "附件清单.txt", "附件/01_照片.png", "附件/02_回复.wav", "附件/03_回复.wav"]
    for line in ("事实认定：属实", "办结认定：无（正常办结）", "回访满意度：满意", "解决情况：已解决", "责任人：李明"):
        assert line in result
    assert "先行联系时间：3月2日9时00分" in result
    assert "答复时间：3月2日16时00分" in result
    assert "王**反映的堆物已清理，联系电话021-52850000。" in result
    assert "【真光片区（主办）结案报告】" in result
    assert listing.startswith("附件共 3 个\r\n01_照片.png\t照片")
    assert desk.trail(number)[-1].action == "result_pack_downloaded"


def test_outside_the_scope_there_is_neither_draft_nor_pack(desk: TicketOffice) -> None:
    number = desk.dispatched()
    with pytest.raises(NotFound):
        draft(desk, number, "enforcement_team_a")
    stranger = desk.principal("enforcement_team_a")
    with desk.runtime.write(stranger.actor) as tx, pytest.raises(NotFound):
        result_pack.pack(tx, stranger, number)
