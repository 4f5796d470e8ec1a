"""The office at work, for tests of tickets."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.transaction import Runtime
from tests.hotline.ticket_office import TicketOffice


@pytest.fixture
def desk(runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TicketOffice:
    """An office with people, processes and an attachment store of its own, on either database."""
    monkeypatch.setenv("ATTACHMENTS_DIR", str(tmp_path / "attachments"))
    return TicketOffice(runtime)
