"""Numbers of tickets entered at the office: prefix, date, serial; the district platform's are taken as they are."""

from __future__ import annotations

import re

from sqlalchemy import func, select

from engine.errors import InvalidInput
from engine.transaction import Transaction
from engine.working_days import SHANGHAI
from hotline import office_data
from hotline.tables import ticket

LONGEST = 60
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,59}")


def checked(number: str) -> str:
    """A number given by a platform, trimmed; raises InvalidInput when it cannot be one."""
    number = number.strip()
    if not _NUMBER.fullmatch(number):
        message = f"工单编号“{number[:LONGEST]}”应为 3—60 位字母、数字、“-”或“_”，请照平台上的编号填写"
        raise InvalidInput(message, {"number": message})
    return number


def refuse_own_pattern(number: str) -> None:
    """The office's own series stays its own; raises InvalidInput."""
    layout = office_data.read("ticket_fields.yaml")["number"]
    if re.match(rf"{re.escape(layout['prefix'])}[0-9]", number):
        message = f"以“{layout['prefix']}”开头的编号由本系统生成，不能手工填写；街道自行录入的工单请把编号留空"
        raise InvalidInput(message, {"number": message})


def following(tx: Transaction) -> str:
    """The next free number of today; two writers may draw the same, the row's primary key decides."""
    layout = office_data.read("ticket_fields.yaml")["number"]
    prefix = f"{layout['prefix']}{tx.now.astimezone(SHANGHAI).strftime(layout['date'])}"
    last = tx.connection.scalar(
        select(ticket.c.number)
        .where(ticket.c.number.startswith(prefix, autoescape=True))
        .order_by(func.length(ticket.c.number).desc(), ticket.c.number.desc())
        .limit(1)
    )
    serial = int(last.removeprefix(prefix)) if last else 0
    return f"{prefix}{serial + 1:0{layout['digits']}d}"
