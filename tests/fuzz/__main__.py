"""python -m tests.fuzz --seconds 60: mutates uploads until something breaks; prints runs and runs per second.

With --atheris (pip install atheris, not among the dependencies) coverage of engine.gate guides the mutations.
"""

from __future__ import annotations

import secrets
import sys
import time
from pathlib import Path
from typing import Any

import click

FAILED = Path("var/fuzz")


@click.command()
@click.option("--seconds", default=60, show_default=True)
@click.option("--seed", type=int, default=None, help="repeat a run")
@click.option("--atheris", "guided", is_flag=True, help="guided by coverage; needs atheris")
def main(seconds: int, seed: int | None, guided: bool) -> None:
    """Fuzz the gate for some time."""
    if guided:
        _guided(seconds)
        return
    from tests.fuzz.examine import examine, mutated
    from tests.fuzz.mutations import RandomChoices

    seed = secrets.randbelow(10**6) if seed is None else seed
    began, runs, passed = time.monotonic(), 0, 0
    while time.monotonic() - began < seconds:
        try:
            passed += examine(mutated(RandomChoices(seed + runs)))
        except BaseException:
            click.echo(f"--seed {seed + runs} repeats this as its first run", err=True)
            raise
        runs += 1
    took = time.monotonic() - began
    click.echo(f"seed {seed}: {runs} runs, {passed} let through and started, {runs / took:.1f} runs/s")


def _guided(seconds: int) -> None:
    import atheris

    with atheris.instrument_imports(include=["engine.gate", "engine.diagram", "engine.hardened_xml"]):
        from tests.fuzz.examine import examine, mutated

    class Provided:
        def __init__(self, data: Any) -> None:
            self._data = data

        def pick(self, size: int) -> int:
            return int(self._data.ConsumeIntInRange(0, size - 1))

    def run(data: bytes) -> None:
        examine(mutated(Provided(atheris.FuzzedDataProvider(data))))

    FAILED.mkdir(parents=True, exist_ok=True)
    arguments = [f"-max_total_time={seconds}", f"-artifact_prefix={FAILED}/", "-print_final_stats=1", "-timeout=60"]
    arguments += ["-max_len=512", "-len_control=0"]
    atheris.Setup([sys.argv[0], *arguments], run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
