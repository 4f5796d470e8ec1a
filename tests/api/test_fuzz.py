"""Generated requests, lawful and unlawful, to every operation: never a server error, always a problem document."""

from __future__ import annotations

from pathlib import Path

import pytest

from minhu.application import build_runtime
from tests.api.fuzzing import fuzz
from tests.conftest import KINDS, FakeClock
from tests.server import demo_database_url, settings_for

EXAMPLES = 5


@pytest.mark.parametrize("kind", KINDS)
def test_no_generated_request_is_a_server_error(kind: str, tmp_path: Path) -> None:
    with demo_database_url(kind, tmp_path) as url:
        runtime = build_runtime(settings_for(url, tmp_path), FakeClock())
        findings = fuzz(runtime, EXAMPLES, seed_number=20261124)
        runtime.database.dispose()
    assert not findings.wrong
    assert findings.statuses[200] > 0
    assert findings.statuses[422] > 0
