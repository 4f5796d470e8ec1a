"""A step must not become dearer unnoticed: times differ from run to run, the number of calls does not."""

from __future__ import annotations

import sys
from collections import Counter
from types import CodeType, FrameType

from bench.model import InMemory, compiled, instance_model

MOST_CALLS = 500  # of Python functions; 465 when this was written


def test_a_step_calls_no_more_python_functions_than_it_did() -> None:
    model = compiled(instance_model())
    _calls(InMemory(model, saved=True))  # its expressions are compiled now
    found = _calls(InMemory(model, saved=True))
    assert found.total() <= MOST_CALLS, "\n".join(f"{n} {code.co_qualname}" for code, n in found.most_common(20))


def _calls(instance: InMemory) -> Counter[CodeType]:
    found: Counter[CodeType] = Counter()

    def count(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            found[frame.f_code] += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        instance.complete("A", go=True)
    finally:
        sys.setprofile(before)
    return found
