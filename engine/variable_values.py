"""What may become a process variable, from whatever door it comes: plain JSON of bounded size, no reserved names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.errors import InvalidInput
from engine.expressions import RESERVED_NAMES
from engine.forms import json_values


def check(variables: Mapping[str, Any]) -> None:
    """Raises InvalidInput naming the variable whose name is taken or whose value is no JSON, too deep or too large."""
    wrong = {name: "变量名为保留字，请改名" for name in variables if name in RESERVED_NAMES}
    if wrong:
        raise InvalidInput("变量名不可用", wrong)
    json_values.check(variables)
