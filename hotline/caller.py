"""Who called, and how little of it is shown: names and numbers are masked wherever they stand."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from engine.errors import InvalidInput

LOCAL_NUMBER = 8  # digits of a Shanghai landline without area code
_MOBILE = r"(?:(?:\+|00)?86[-\s]?)?1[3-9](?:[-\s]?[0-9]){9}"
_WITH_AREA_CODE = r"\(?0(?:10|2[0-9]|[3-9][0-9]{2})\)?[-\s]?[2-9](?:[-\s]?[0-9]){6,7}"
_LANDLINE = r"[2-9][0-9]{3}[-\s]?[0-9]{4}"
_IDENTITY_CARD = r"[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9Xx]"
_PERSONAL_NUMBER = re.compile(rf"(?<![0-9])(?:{_IDENTITY_CARD}|{_MOBILE}|{_WITH_AREA_CODE}|{_LANDLINE})(?![0-9])")
_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_PHONE = re.compile(r"[0-9]{5,16}(?:转[0-9]{1,6})?")


@dataclass(frozen=True)
class Caller:
    """The caller's own data in clear text, with the text of the ticket as it was told."""

    name: str
    phone: str
    title: str
    content: str


@dataclass(frozen=True)
class MaskedCaller:
    """What may stand on a page: 王**, 138****1234; `hidden` when nothing at all may be shown."""

    name: str
    phone: str
    hidden: bool = False


HIDDEN = MaskedCaller("信息保密", "信息保密", hidden=True)
ANONYMOUS = MaskedCaller("匿名", "")


def mask(name: str | None, phone: str | None, anonymous: bool) -> MaskedCaller:
    """The masked form of a caller."""
    if anonymous and not name and not phone:
        return ANONYMOUS
    return MaskedCaller(mask_name(name or ""), mask_number(phone or ""))


def mask_name(name: str) -> str:
    """The family name's first character and two stars, whatever the length."""
    return f"{name[0]}**" if name else ""


def mask_number(number: str) -> str:
    """First three and last four characters of a long number, less of a short one."""
    if not number:
        return ""
    if len(number) > LOCAL_NUMBER:
        return f"{number[:3]}****{number[-4:]}"
    return f"{number[:2]}****{number[-2:]}" if len(number) == LOCAL_NUMBER else "****"


def mask_text(text: str, name: str | None = None, phone: str | None = None) -> str:
    """Free text with phone and identity numbers, and this caller's name and number, masked."""
    plain = _half_width(text)
    pieces, end = [], 0
    for match in _PERSONAL_NUMBER.finditer(plain):
        if _DATE.fullmatch(match[0]):
            continue
        pieces += [text[end : match.start()], mask_number(re.sub(r"[-\s()]", "", match[0]))]
        end = match.end()
    return mask_caller("".join(pieces) + text[end:], name, phone)


def mask_caller(text: str, name: str | None, phone: str | None) -> str:
    """Only this caller's name and number; other numbers, such as the office's own, stay."""
    if phone:
        text = text.replace(phone, mask_number(phone))
    if name and len(name) > 1:
        text = text.replace(name, mask_name(name))
    return text


def _half_width(text: str) -> str:
    """The same text, character by character, with full-width digits and signs made plain."""
    return "".join(
        chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else ("-" if unicodedata.category(c) == "Pd" else c) for c in text
    )


def normal_phone(text: str | None) -> str | None:
    """Digits only (an extension after 转), without +86; raises InvalidInput naming the field."""
    plain = re.sub(r"[-\s()]", "", _half_width((text or "").strip()))
    plain = re.sub(r"^(?:\+|00)86(?=[0-9])", "", plain)
    plain = re.sub(r"(?:转|#|,|ext\.?)(?=[0-9]{1,6}$)", "转", plain)
    if not plain:
        return None
    if not _PHONE.fullmatch(plain):
        message = f"联系电话“{mask_number(plain)}”不是一个有效的电话号码，请只填一个号码（数字，分机写“转”）"
        raise InvalidInput(message, {"caller_phone": message})
    return plain
