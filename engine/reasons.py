"""Whatever is done by hand beside the diagram has a reason on record."""

from __future__ import annotations

from engine.errors import InvalidInput

LONGEST = 500  # characters


def checked(reason: str) -> str:
    """The reason, trimmed; InvalidInput when it is missing or too long."""
    given = reason.strip()
    if not given:
        raise InvalidInput("请填写原因", {"reason": "此项必填"})
    if len(given) > LONGEST:
        raise InvalidInput(f"原因不能超过 {LONGEST} 字，请删减", {"reason": f"不能超过 {LONGEST} 字"})
    return given
