"""python -m tests.engine.saved_states: writes the states of today's format that are missing; never changes one.

Run it after raising FORMAT or adding a scenario, and check the files in.
"""

from __future__ import annotations

from engine.spiff.state_codec import FORMAT
from tests.engine.saved_states.playing import FOLDER, SCENARIOS, write


def main() -> None:
    """Write them."""
    for name, scenario in SCENARIOS.items():
        path = FOLDER / f"format_{FORMAT}" / f"{name}.json"
        if not path.exists():
            write(path, scenario)
            print(path.relative_to(FOLDER))


main()
