"""A ticket on the real diagrams, on either database."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.transaction import Runtime
from tests.processes.journey import Journey, catalogues

Begin = Callable[..., Journey]


@pytest.fixture
def begin(runtime: Runtime) -> Begin:
    """Starts the ticket; keyword arguments change its start variables."""
    for name, options in catalogues().items():
        runtime.option_catalogues[name] = lambda _tx, _key, options=options: options  # type: ignore[misc]
    return lambda **marks: Journey(runtime, **marks)
