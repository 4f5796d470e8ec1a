"""python -m tests.spiff_suite FOLDER: SpiffWorkflow's own tests with and without engine/spiff/patches.py.

FOLDER holds the library's source (its repository or sdist) or only its tests/; it stays out of this repository.
Prints every test whose outcome differs with the reason, and fails when a difference has none.
"""

from __future__ import annotations

import json
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WITHOUT, WITH = "without", "with"
MOST_SECONDS = 600
REASONS = {  # part of a test's id: why it may differ
    "ParallelGatewayLoopInputTest": "the library's join goes on without the token of a flow that leads back to it, "
    "guessing from predicted tasks; BPMN 2.0.2 13.4.1 waits for one on every flow, as our own join does",
    "BpmnWorkflowSerializerTest": "the library's own serializer, not used here, reads ids as UUIDs; ours are text",
    "MessageBoundaryTest.testThroughSaveRestore": "as BpmnWorkflowSerializerTest",
    "ResetTokenParallelTaskCountTest": "counts predicted tasks: two generations are predicted instead of all",
}


class Outcomes(unittest.TestResult):
    """Test id → passed, failed, error or skipped."""

    def __init__(self) -> None:
        super().__init__()
        self.by_id: dict[str, str] = {}

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.by_id.setdefault(test.id(), "passed")

    def addFailure(self, test: unittest.TestCase, err: object) -> None:  # type: ignore[override]
        self.by_id[test.id()] = "failed"

    def addError(self, test: unittest.TestCase, err: object) -> None:  # type: ignore[override]
        self.by_id[test.id()] = "error"

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        self.by_id[test.id()] = "skipped"


def run_here(mode: str) -> None:
    """In a process of its own, started in FOLDER: its package `tests` is the library's."""
    sys.path[0] = str(Path.cwd())
    if mode == WITH:
        sys.path.append(str(ROOT))
        from engine.spiff import patches

        patches.install()
    found = unittest.defaultTestLoader.discover("tests/SpiffWorkflow", pattern="*Test.py", top_level_dir=".")
    outcomes = Outcomes()
    found.run(outcomes)
    print(json.dumps(outcomes.by_id))


def outcomes(folder: Path, mode: str) -> dict[str, str]:
    """What each test came to."""
    command = [sys.executable, "-W", "ignore", __file__, "--here", mode]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=MOST_SECONDS, check=False)
    if done.returncode:
        raise SystemExit(f"the library's tests did not run:\n{done.stderr[-2000:]}")
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def reason_for(test_id: str) -> str | None:
    """Why this test may come out differently."""
    return next((reason for part, reason in REASONS.items() if part in test_id), None)


def main(folder: Path) -> int:
    """Compare; the number of differences nobody has explained."""
    before, after = outcomes(folder, WITHOUT), outcomes(folder, WITH)
    for mode, found in ((WITHOUT, before), (WITH, after)):
        totals = {kind: list(found.values()).count(kind) for kind in ("passed", "failed", "error", "skipped")}
        print(f"{mode:8} {len(found)} tests: {totals}")
    unexplained = 0
    for test_id in sorted(before.keys() | after.keys()):
        was, now = before.get(test_id, "absent"), after.get(test_id, "absent")
        if was != now:
            reason = reason_for(test_id)
            unexplained += reason is None
            print(f"{was} -> {now}  {test_id}\n    {reason or 'NO REASON GIVEN'}")
    return unexplained


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--here":
        run_here(sys.argv[2])
    elif len(sys.argv) == 2:
        sys.exit(1 if main(Path(sys.argv[1]).resolve()) else 0)
    else:
        sys.exit(__doc__)
