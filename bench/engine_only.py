"""What the engine costs without HTTP and database: a step, rounds of a loop, bytes, memory, the gate."""

from __future__ import annotations

import gc
import statistics
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from bench.model import InMemory, compiled, instance_model, loop_model
from engine import gate
from engine.expressions import PURE_FUNCTIONS
from engine.process_definitions import read_folder
from minhu.settings import PROJECT

STEPS = (("A", {"go": True}), ("B", {}), ("C", {"note": "c"}), ("D", {"note": "d"}))
ROUNDS = 2_000
HISTORY_BYTES = 60_000


def step_ms(*, saved: bool, repeat: int = 100) -> float:
    """Median milliseconds of one completed task of the model, in memory or saved and restored before each."""
    model = compiled(instance_model())
    seconds = []
    for _ in range(repeat):
        instance = InMemory(model, saved=saved)
        for element, data in STEPS:
            begin = time.perf_counter()
            instance.complete(element, **data)
            seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds) * 1000


def rounds() -> list[tuple[int, float, int, int]]:
    """(round, milliseconds of CPU, tasks in the state, bytes) around some rounds of 2,000; raises when one is wrong."""
    instance = InMemory(compiled(loop_model()), saved=True)
    costs: list[float] = []
    found = []
    for number in range(1, ROUNDS + 1):
        begin = time.process_time()
        instance.complete("a", x=number)
        instance.complete("b", y=number)
        instance.complete("check", more=number < ROUNDS)
        costs.append((time.process_time() - begin) * 1000)
        if number < ROUNDS and instance.execution.variables() != {"x": number, "y": number, "more": True}:
            raise RuntimeError(f"round {number} is wrong: {instance.execution.variables()}")
        if number in (10, 100, 500, 1_000, ROUNDS - 1):
            found.append((number, statistics.median(costs[-10:]), instance.tasks(), len(instance.blob)))
    if not instance.execution.completed:
        raise RuntimeError("the loop did not end")
    return found


def memory_kb(repeat: int = 50) -> float:
    """What one instance that waits at its first task takes when it is kept in memory."""
    model = compiled(instance_model())
    InMemory(model)
    gc.collect()
    tracemalloc.start()
    kept: list[Any] = [InMemory(model).execution.kept() for _ in range(repeat)]
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / len(kept) / 1024


def history() -> list[tuple[int, int]]:
    """(KB of form data submitted, bytes of state) while the same fields are filled in again and again."""
    instance = InMemory(compiled(loop_model()), saved=True)
    found = []
    for number in range(1, 19):
        noise = "".join(chr(0x4E00 + (number * 7919 + place * 104_729) % 20_000) for place in range(HISTORY_BYTES // 3))
        instance.complete("a", report=noise)
        instance.complete("b")
        instance.complete("check", more=True)
        if number in (1, 2, 18):
            found.append((number * HISTORY_BYTES // 1024, len(instance.blob)))
    return found


def gate_seconds() -> float:
    """The gate on everything the office deploys."""
    files = read_folder(PROJECT)
    return _seconds(lambda: gate.check(files, frozenset(PURE_FUNCTIONS)))


def _seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin
