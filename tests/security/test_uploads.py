"""What is uploaded is hostile until shown otherwise: size, archives, XML, diagrams, file types."""

from __future__ import annotations

import io
import socket
import time
import zipfile
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from sqlalchemy import func, select

from engine import process_definitions
from engine.tables import deployment, process_definition
from engine.transaction import SYSTEM
from tests.api.serving import PHOTO, Office, enter_ticket, problem
from tests.conftest import ROOT

SHIPPED = process_definitions.read_folder(ROOT)
MAIN = "processes/ticket_handling/ticket_handling.bpmn"
BILLION_LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)

DOCTYPES = [
    b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
    b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">',
    b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:1/p">%p;]>',
    BILLION_LAUGHS.encode(),
    b"<!DOCTYPE x>",
]
PROGRAMS = [
    "__import__('os').system('id')",
    "().__class__.__base__.__subclasses__()",
    "open('/etc/passwd')",
    "[x for x in (1,)]",
    "lambda: 1",
    "exec('1')",
    "9**9**9",
    "f'{title}'",
    "getattr(title, 'x')",
]
STRANGE_PATHS = [
    "../../etc/cron.d/x.bpmn",
    "processes/../../x.bpmn",
    "/etc/x.bpmn",
    "processes/x/x.sh",
    "processes/x/.bpmn",
    "processes\\x\\x.bpmn",
    "x.bpmn",
    "engine/gate/x.json",
]

DISGUISED = [
    ("a.html", b"<html><script>alert(1)</script>"),
    ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    ("a.png", b"<html><script>alert(1)</script>"),
    ("a.jpg", b"#!/bin/sh\nid\n"),
    ("a.exe", b"MZ" + b"\0" * 200),
    ("a.png", b""),
]


def deploy(client: httpx.Client, files: dict[str, bytes]) -> httpx.Response:
    """POST a folder as several files."""
    return client.post("/process-definitions", files=[("files", (path, content)) for path, content in files.items()])


def nothing_deployed(office: Office) -> bool:
    with office.runtime.read(SYSTEM) as tx:
        counts = [
            tx.connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (deployment, process_definition)
        ]
    return counts == [0, 0]


def changed(old: bytes, new: bytes) -> dict[str, bytes]:
    """The shipped folder with one thing replaced in the main diagram."""
    assert old in SHIPPED[MAIN]
    return {**SHIPPED, MAIN: SHIPPED[MAIN].replace(old, new, 1)}


def test_the_shipped_folder_is_deployed_as_files_and_as_zip(office: Office) -> None:
    client = office.login("process_owner")
    first = deploy(client, SHIPPED)
    assert first.status_code == 201, first.text
    assert {each["key"] for each in first.json()["definitions"]} >= {"ticket_handling", "callback"}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in SHIPPED.items():
            archive.writestr(path, content)
    second = client.post("/process-definitions", files={"files": ("流程.zip", packed.getvalue())})
    assert second.status_code == 201, second.text
    assert second.json()["definitions"] == []
    definition = client.get("/process-definitions").json()[0]
    xml = client.get(f"/process-definitions/{definition['id']}/xml/{definition['key']}")
    assert xml.content == SHIPPED[f"processes/{definition['key']}/{definition['key']}.bpmn"]


def test_a_document_type_or_entity_is_refused_at_once(office: Office) -> None:
    client = office.login("process_owner")
    for path, doctype in product((MAIN, "processes/ticket_handling/class_limits.dmn"), DOCTYPES):
        head, end, rest = SHIPPED[path].partition(b"?>")
        began = time.monotonic()
        document = problem(deploy(client, {**SHIPPED, path: head + end + doctype + rest}), 422)
        assert time.monotonic() - began < 5
        assert any(finding["file"] == path for finding in document["findings"])
        assert "root:" not in str(document)
    assert nothing_deployed(office)


def test_an_expression_that_is_a_program_is_refused_with_its_element(office: Office) -> None:
    client = office.login("process_owner")
    for program in PROGRAMS:
        attacked = changed(b'camunda:candidateGroups="center_intake"', f'camunda:assignee="${{{program}}}"'.encode())
        document = problem(deploy(client, attacked), 422)
        assert document["type"] == "urn:minhu:problem:definition-refused"
        findings = [each for each in document["findings"] if each["file"] == MAIN]
        assert [each["element"] for each in findings if each["severity"] == "error"] == ["accept_ticket"], program
    assert nothing_deployed(office)


def test_script_tasks_and_foreign_delegates_are_refused(office: Office) -> None:
    client = office.login("process_owner")
    for element in (
        b'<bpmn:scriptTask id="evil" name="x"><bpmn:script>import os</bpmn:script></bpmn:scriptTask>',
        b'<bpmn:serviceTask id="evil" name="x" camunda:class="java.lang.Runtime" />',
        b'<bpmn:serviceTask id="evil" name="x" camunda:delegateExpression="${x}" />',
    ):
        attacked = changed(b"</bpmn:process>", element + b"</bpmn:process>")
        document = problem(deploy(client, attacked), 422)
        assert any(finding["element"] == "evil" for finding in document["findings"]), document
    assert nothing_deployed(office)


def test_a_path_that_leads_elsewhere_is_refused(office: Office) -> None:
    client = office.login("process_owner")
    for path in STRANGE_PATHS:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(path, b"<x/>")
        document = problem(client.post("/process-definitions", files={"files": ("x.zip", packed.getvalue())}), 422)
        assert "findings" not in document, "it came as far as the gate"
    assert nothing_deployed(office)


def test_a_zip_bomb_is_not_unpacked(office: Office) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(40):
            archive.writestr(f"processes/x/x{number}.bpmn", b" " * 40_000_000 if number == 0 else b" " * 1_900_000)
    client, began = office.login("process_owner"), time.monotonic()
    problem(client.post("/process-definitions", files={"files": ("x.zip", packed.getvalue())}), 422)
    assert time.monotonic() - began < 5


def test_a_broken_archive_is_a_problem(office: Office) -> None:
    client = office.login("process_owner")
    for content in (b"", b"PK\x03\x04broken", b"no zip at all"):
        problem(client.post("/process-definitions", files={"files": ("x.zip", content)}), 422)


def test_an_archive_broken_in_any_place_is_a_problem(office: Office) -> None:
    client = office.login("process_owner")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("processes/x/x.bpmn", SHIPPED[MAIN][:3000])
    sound = packed.getvalue()
    for place in range(30, len(sound), 37):
        broken = sound[:place] + bytes([sound[place] ^ 0xFF]) + sound[place + 1 :]
        problem(client.post("/process-definitions", files={"files": ("x.zip", broken)}), 422)


def test_a_path_longer_than_its_column_is_refused(office: Office) -> None:
    path = "processes/" + "x" * 300 + "/x.bpmn"
    document = problem(deploy(office.login("process_owner"), {**SHIPPED, path: SHIPPED[MAIN]}), 422)
    assert "findings" not in document


def test_a_dry_run_says_what_a_deployment_would_and_changes_nothing(office: Office) -> None:
    client = office.login("process_owner")
    wrong = changed(b'camunda:candidateGroups="center_intake"', b'camunda:candidateGroups="center_nobody"')
    for files, passes in ((SHIPPED, True), (wrong, False)):
        parts = [("files", (path, content)) for path, content in files.items()]
        answer = client.post("/process-definitions/check", files=parts)
        assert answer.status_code == 200, answer.text
        assert answer.json()["passes"] is passes
    errors = [each for each in answer.json()["findings"] if each["severity"] == "error"]
    assert [(each["rule"], each["element"], each["file"]) for each in errors] == [
        ("candidate-group", "accept_ticket", MAIN)
    ]
    assert set(errors[0]) == {"rule", "element", "severity", "message", "standard", "file"}
    assert nothing_deployed(office)
    problem(office.login("intake1").post("/process-definitions/check", files=parts), 403)


def test_a_diagram_over_two_megabytes_is_refused(office: Office) -> None:
    big = SHIPPED[MAIN] + b"<!--" + b"x" * 2_100_000 + b"-->"
    problem(deploy(office.login("process_owner"), {**SHIPPED, MAIN: big}), 422)
    assert nothing_deployed(office)


def test_a_body_over_its_limit_is_refused_while_it_is_read(office: Office) -> None:
    client = office.login("intake1")
    told = problem(client.post("/tickets", json={"title": "x" * 1_100_000, "content": "c"}), 413)
    assert told["type"] == "urn:minhu:problem:content-too-large"

    def endless() -> object:
        yield b'{"title": "'
        for _ in range(40):
            yield b"x" * 65536

    chunked = client.post("/tickets", content=endless(), headers={"Content-Type": "application/json"})
    problem(chunked, 413)
    upload = {"files": ("x.png", PHOTO + b"x" * 13_000_000, "image/png")}
    problem(client.post("/tickets/x/attachments", files=upload), 413)
    assert client.get("/tickets").json()["total"] == 0


def test_a_length_that_is_a_lie_is_refused(office: Office) -> None:
    address = urlsplit(office.base_url)
    for length in ("-1", "abc", "99999999999999999999", "9" * 5000):
        with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
            request = f"POST /api/tickets HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {length}\r\n\r\n"
            connection.sendall(request.encode())
            assert int(connection.recv(64).split()[1]) in (400, 413)


def test_an_attachment_is_what_its_bytes_say_or_refused(working_office: Office) -> None:
    number = enter_ticket(working_office)
    client = working_office.login("intake1")
    for name, content in DISGUISED:
        problem(client.post(f"/tickets/{number}/attachments", files={"files": (name, content, "image/png")}), 422)
    assert client.get(f"/tickets/{number}/attachments").json() == []


def test_the_name_of_an_attachment_leads_nowhere_and_breaks_no_header(working_office: Office, tmp_path: Path) -> None:
    number = enter_ticket(working_office)
    client = working_office.login("intake1")
    for name in ("../../../etc/passwd.png", 'a"\r\nSet-Cookie: x=1.png', "C:\\windows\\x.png", "照片 1;.png"):
        answer = client.post(f"/tickets/{number}/attachments", files={"files": (name, PHOTO, "image/png")})
        assert answer.status_code == 201, answer.text
        stored = answer.json()[0]
        assert "/" not in stored["name"]
        assert "\\" not in stored["name"]
        given = client.get(f"/attachments/{stored['id']}/content")
        assert given.content == PHOTO
        assert "x" not in given.cookies
        assert "\n" not in given.headers["content-disposition"]
    outside = [path for path in tmp_path.rglob("*") if path.is_file() and "attachments" not in path.parts]
    assert [path for path in outside if path.read_bytes() == PHOTO] == []
