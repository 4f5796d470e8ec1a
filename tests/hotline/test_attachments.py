"""Attachments: limits of the regulation, content over name, one blob per content, nothing outside the scope."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from engine.errors import Forbidden, InvalidInput, NotFound
from hotline import attachments, demo_files, file_types
from hotline.attachments import Attachment, Upload
from tests.hotline.ticket_office import LEAD, REACHED, TicketOffice

PNG = demo_files.photo("a.png", 1).content
MEGABYTE = 1024 * 1024


def package(*names: str, types: bytes = b"<Types/>") -> bytes:
    """A zip with these members, as office documents are."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as zipped:
        zipped.writestr("[Content_Types].xml", types)
        for name in names:
            zipped.writestr(name, b"<x/>")
    return content.getvalue()


def ole(*streams: str) -> bytes:
    """The beginning of an old office file with these stream names."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"".join(name.encode("utf-16-le") for name in streams)


def ftyp(brand: bytes) -> bytes:
    return b"\x00\x00\x00\x18ftyp" + brand + b"\x00" * 12


@pytest.mark.parametrize(
    ("content", "content_type", "kind"),
    [
        (b"\xff\xd8\xff\xe0rest", "image/jpeg", "photo"),
        (PNG, "image/png", "photo"),
        (b"RIFF0000WEBPVP8 ", "image/webp", "photo"),
        (ftyp(b"heic"), "image/heic", "photo"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x00rest", "audio/mpeg", "recording"),
        (b"\xff\xfb\x90\x64rest", "audio/mpeg", "recording"),
        (demo_files.recording("a.wav").content, "audio/wav", "recording"),
        (ftyp(b"M4A "), "audio/mp4", "recording"),
        (b"#!AMR\nrest", "audio/amr", "recording"),
        (ftyp(b"isom"), "video/mp4", "video"),
        (b"%PDF-1.7\nrest", "application/pdf", "document"),
        (ole("WordDocument"), "application/msword", "document"),
        (package("word/document.xml"), file_types.DOCX.content_type, "document"),
        (
            package("xl/workbook.xml", "xl/printerSettings/printerSettings1.bin"),
            file_types.XLSX.content_type,
            "document",
        ),
    ],
)
def test_the_content_tells_the_type_whatever_the_name_says(content: bytes, content_type: str, kind: str) -> None:
    found = file_types.recognized("附件.exe", content)
    assert (found.content_type, found.kind) == (content_type, kind)


@pytest.mark.parametrize(
    "content",
    [
        b"<html><script>alert(1)</script></html>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>",
        b"<?xml version='1.0'?><svg/>",
        b"#!/bin/sh\nrm -rf /",
        b"MZ\x90\x00",
        b"\xff\xfe<\x00h\x00t\x00m\x00l\x00",
        b"ID3<script>alert(1)</script>",
        b"%PDF-1.7 << /OpenAction << /S /JavaScript /JS (x) >> >>",
        b"GIF89a<script>",
        ole("WordDocument", "_VBA_PROJECT"),
        ole("Workbook"),
        package("word/document.xml", "word/vbaProject.bin"),
        package("word/document.xml", types=b"application/vnd.ms-word.document.macroEnabled.main+xml"),
        package("xl/workbook.xml", "xl/macrosheets/sheet1.xml"),
        package("index.html"),
        b"PK\x03\x04 broken",
        b"plain text",
    ],
)
def test_pages_scripts_and_macros_are_refused_whatever_the_name_says(content: bytes) -> None:
    with pytest.raises(InvalidInput, match="含脚本、宏或网页的文件一律不收"):
        file_types.recognized("照片.jpg", content)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("现场照片.png", "现场照片.png"),
        ("../../etc/passwd", "passwd.png"),
        ("C:\\temp\\图.PNG", "图.png"),
        ("照片.jpg.exe", "照片.jpg.png"),
        ("a\u202egpj.exe", "agpj.png"),
        ("\x00\r\n", "附件.png"),
        ("", "附件.png"),
        ('a<b>:"|?*.png', "a_b______.png"),
        ("长" * 300 + ".png", "长" * 96 + ".png"),
    ],
)
def test_names_are_made_harmless_and_fit_the_content(name: str, kept: str) -> None:
    assert file_types.safe_name(name, file_types.PNG) == kept


@pytest.mark.clause("3.3-4")
def test_a_file_too_large_or_one_too_many_is_refused_with_the_way_out(desk: TicketOffice) -> None:
    number = desk.enter()
    exactly = Upload("刚好.png", PNG + b"\x00" * (10 * MEGABYTE - len(PNG)))
    desk.upload("intake1", number, exactly)
    for uploads, message in (
        ([Upload("大.png", exactly.content + b"\x00")], "不得大于 10M"),
        ([demo_files.photo(f"{n}.png", n) for n in range(4)], "不得超过 3 个"),
        ([Upload("空.png", b"")], "空文件"),
    ):
        with pytest.raises(InvalidInput, match=message) as refused:
            desk.upload("intake1", number, *uploads)
        assert refused.value.clause == "3.3-4"
    with pytest.raises(InvalidInput, match="放入一个 Word 文档"):
        desk.upload("intake1", number, *[demo_files.photo(f"{n}.png", n) for n in range(4)])


def test_the_same_content_is_stored_once_and_listed_for_each_ticket(desk: TicketOffice) -> None:
    first, second = desk.enter(), desk.enter(caller_phone="13800000001")
    for number in (first, second):
        desk.upload("intake1", number, Upload("照片.png", PNG))
    blobs = [path for path in Path(os.environ["ATTACHMENTS_DIR"]).rglob("*") if path.is_file()]
    assert len(blobs) == 1
    for number in (first, second):
        assert [each.name for each in listed(desk, "intake1", number)] == ["照片.png"]


def listed(desk: TicketOffice, login: str, number: str) -> list[Attachment]:
    person = desk.principal(login)
    with desk.runtime.read(person.actor) as tx:
        return attachments.list_for(tx, person, number)


def opened(desk: TicketOffice, login: str, attachment_id: str) -> tuple[Attachment, bytes]:
    person = desk.principal(login)
    with desk.runtime.read(person.actor) as tx:
        return attachments.open_content(tx, person, attachment_id)


def test_what_was_stored_comes_back_byte_for_byte_with_the_type_of_its_content(desk: TicketOffice) -> None:
    [stored] = desk.upload("intake1", desk.enter(), Upload("照片.html", PNG))
    found, content = opened(desk, "auditor", stored.id)
    assert content == PNG
    assert (found.content_type, found.name, found.kind_label) == ("image/png", "照片.png", "照片")


def test_somebody_elses_attachments_do_not_exist(desk: TicketOffice) -> None:
    number = desk.dispatched()
    [stored] = desk.upload("intake1", number, Upload("照片.png", PNG))
    assert opened(desk, "area_zhenguang_a", stored.id)[1] == PNG
    with pytest.raises(NotFound):
        opened(desk, "enforcement_team_a", stored.id)
    with pytest.raises(NotFound):
        listed(desk, "enforcement_team_a", number)
    with pytest.raises(NotFound):
        desk.upload("enforcement_team_a", number, Upload("照片.png", PNG))


def test_only_who_works_on_a_task_adds_files_to_it(desk: TicketOffice) -> None:
    number, other = desk.dispatched(), desk.dispatched(caller_phone="13800000001")
    task = desk.task(number, "record_contact_attempt", LEAD)
    [stored] = desk.upload("area_zhenguang_a", number, Upload("截图.png", PNG), task=task)
    assert stored.user_task_id == task.id
    with pytest.raises(NotFound):
        desk.upload("area_zhenguang_a", other, Upload("截图.png", PNG), task=task)
    for login in ("office_self_governance_a", "auditor"):
        with pytest.raises(Forbidden):
            desk.upload(login, number, Upload("截图.png", PNG), task=task)
    with pytest.raises(Forbidden):
        desk.upload("area_zhenguang_a", number, Upload("截图.png", PNG))
    desk.do(number, "record_contact_attempt", REACHED, LEAD)
    with pytest.raises(Forbidden):
        desk.upload("area_zhenguang_a", number, Upload("截图.png", PNG), task=task)


def test_a_form_takes_only_files_of_its_own_ticket(desk: TicketOffice) -> None:
    number, other = desk.dispatched(), desk.dispatched(caller_phone="13800000001")
    [foreign] = desk.upload("intake1", other, Upload("照片.png", PNG))
    with pytest.raises(InvalidInput):
        desk.do(number, "record_contact_attempt", REACHED | {"contact_attachments": [foreign.id]}, LEAD)


def test_a_file_uploaded_by_mistake_can_be_taken_back_while_the_task_is_open(desk: TicketOffice) -> None:
    number = desk.dispatched()
    task = desk.task(number, "record_contact_attempt", LEAD)
    [stored] = desk.upload("area_zhenguang_a", number, Upload("错图.png", PNG), task=task)
    for login, allowed in (("area_zhenguang_b", False), ("area_zhenguang_a", True)):
        person = desk.principal(login)
        with desk.runtime.write(person.actor) as tx:
            if allowed:
                attachments.remove(tx, person, stored.id)
            else:
                with pytest.raises(Forbidden):
                    attachments.remove(tx, person, stored.id)
    assert listed(desk, "intake1", number) == []
    assert [e.action for e in desk.trail(number)][-2:] == ["attachment_added", "attachment_removed"]
