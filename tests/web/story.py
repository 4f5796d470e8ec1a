"""A ticket moved by the office's real people through the real verbs, up to where a page test begins."""

from __future__ import annotations

import struct
import wave
import zlib
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from engine import user_tasks
from engine.transaction import SYSTEM, Transaction
from engine.user_task_rows import UserTask
from hotline import attachments, persons, tickets
from hotline.access import Principal, principal_for
from hotline.attachments import Upload
from hotline.new_ticket import NewTicket
from tests.answers import fill, schema_of
from tests.server import LiveServer

LEAD, CO = "office_self_governance", "enforcement_team"
CALLER_NAME, CALLER_PHONE = "王建华", "13812345678"
CONTENT = "来电人反映真光路1001弄门口每天傍晚有人占道设摊，影响通行，要求清理。"


def principal(tx: Transaction, login: str) -> Principal:
    """A demo person as a principal."""
    found = persons.by_login(tx, login)
    assert found is not None, login
    return principal_for(found)


def png(side: int = 64) -> bytes:
    """A small picture."""
    rows = b"".join(b"\x00" + bytes((60, 110, 90)) * side for _ in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    chunks = (struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d)) for t, d in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def sound() -> bytes:
    """A tenth of a second of silence."""
    content = BytesIO()
    with wave.open(content, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(8000)
        written.writeframes(b"\x00\x00" * 800)
    return content.getvalue()


class Story:
    """One ticket on a live server."""

    def __init__(self, server: LiveServer, **fields: Any) -> None:
        self.server = server
        wanted = {
            "title": "占道设摊影响通行",
            "content": CONTENT,
            "caller_name": CALLER_NAME,
            "caller_phone": CALLER_PHONE,
            "address": "真光路1001弄门口",
            **fields,
        }
        with server.runtime.read(SYSTEM) as tx:
            clerk = principal(tx, "intake1")
        with server.runtime.write(clerk.actor) as tx:
            self.number = tickets.create(tx, clerk, NewTicket(**wanted)).number

    def open(self) -> list[UserTask]:
        """Every open step."""
        with self.server.runtime.read(SYSTEM) as tx:
            return user_tasks.list_page(tx, actor_scope="all", business_key=self.number).items

    def do(self, element: str, group: str | None = None, **wanted: Any) -> None:
        """Complete a step as somebody of its group, forms filled in."""
        [task] = [t for t in self.open() if t.element_id == element and (group is None or group in t.candidate_groups)]
        assert task.form_key is not None
        wanted = self._evidence(task, wanted)
        with self.server.runtime.read(SYSTEM) as tx:
            actor = principal(tx, task.assignee or _member_of(task.candidate_groups[0])).actor
            options = {name: dict(each(tx, self.number)) for name, each in tx.runtime.option_catalogues.items()}
        data = fill(schema_of(task.process_key, task.form_key), wanted, options)
        self.server.clock.advance(minutes=20)
        with self.server.runtime.write(actor) as tx:
            user_tasks.complete(tx, task.id, data)

    def _evidence(self, task: UserTask, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Files a form may ask for, uploaded as its people would."""
        schema = schema_of(task.process_key, task.form_key or "")
        files = [name for name, part in schema["properties"].items() if part.get("x-widget") == "files"]
        if task.element_id != "submit_closing_report" or not files:
            return dict(wanted)
        login = _member_of(task.candidate_groups[0])
        with self.server.runtime.read(SYSTEM) as tx:
            handler = principal(tx, login)
        uploads = [Upload("处置后照片.png", png()), Upload("答复录音.wav", sound())]
        with self.server.runtime.write(handler.actor) as tx:
            stored = attachments.add(tx, handler, self.number, uploads, task.id)
        return {**{name: [stored[1].id] for name in files if "recording" in name}, **wanted}

    def accept(self, matter_class: str = "complex") -> Story:
        """受理."""
        self.do("accept_ticket", matter_class=matter_class)
        return self

    def dispatch(self) -> Story:
        """一级先行联系, 派单 to two departments."""
        self.do("record_contact_attempt", contact_result="reached", time_slot="morning")
        self.do(
            "dispatch_ticket",
            dispatch_basis="override",
            override_lead=LEAD,
            override_co=[CO],
            override_reason="现场核实",
        )
        return self

    def handle(self, department: str, *, send_back: bool = False) -> Story:
        """二级先行联系, 现场处置, 结案报告, 审核; once sent back when asked."""
        self.do("record_contact_attempt", department, contact_result="reached", time_slot="afternoon")
        self.do("handle_matter", department)
        self.do("submit_closing_report", department)
        if send_back:
            self.do(
                "review_closing_report",
                review_decision="send_back",
                return_reasons=["missing_elements"],
                review_opinion="缺处置依据，请补充",
            )
            self.do("handle_matter", department)
            self.do("submit_closing_report", department)
        self.do("review_closing_report", review_decision="pass")
        return self

    def close(self) -> Story:
        """回访 and 办结登记."""
        self.do("record_callback", satisfaction="satisfied", resolution="resolved")
        self.do("close_ticket", reply_points="3月2日已先行联系，已劝离设摊人员并加强巡查，来电人表示满意。")
        return self


def _member_of(group: str) -> str:
    return {
        "center_intake": "intake1",
        "center_reviewer": "reviewer",
        "center_callback": "callback",
        "center_head": "center_head",
    }.get(group, f"{group}_a")
