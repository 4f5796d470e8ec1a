"""Every operation the API has, read from its own description."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from api.application import create
from engine.transaction import Runtime

METHODS = ("get", "post", "put", "patch", "delete")


def operations(runtime: Runtime) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(METHOD, path, description) of each operation."""
    for path, item in create(runtime).openapi()["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def filled(path: str) -> str:
    """A path with something in the place of each parameter."""
    return re.sub(r"{[a-z_]+}", "00000000-0000-4000-8000-000000000000", path)
