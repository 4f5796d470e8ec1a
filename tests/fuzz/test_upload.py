"""Whatever becomes of a real file on its way, the gate answers; `python -m tests.fuzz` runs for longer."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.examine import SHIPPED, SMALL, examine, mutated


class Drawn:
    """Decisions that hypothesis can shrink."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def pick(self, size: int) -> int:
        """A number from 0 to size - 1."""
        return self._data.draw(st.integers(0, size - 1))


@given(data=st.data())
@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_a_mutated_folder_is_answered_and_what_passes_starts(data: st.DataObject) -> None:
    examine(mutated(Drawn(data)))


def test_the_folders_it_begins_with_are_let_through_or_refused_for_what_they_use() -> None:
    assert examine(SHIPPED[-1])
    assert sum(examine(folder) for folder in SMALL) > 10
