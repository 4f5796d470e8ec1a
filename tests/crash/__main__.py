"""make crash CYCLES=300: the long run on both databases; prints the seed, so that a failure can be repeated."""

from __future__ import annotations

import secrets
import tempfile
import time
from pathlib import Path

import click

from tests import postgres
from tests.conftest import KINDS, empty_database_url
from tests.crash.harness import run

ROUND = 500


@click.command()
@click.option("--cycles", default=300, show_default=True, help="kills per database")
@click.option("--seed", type=int, default=None, help="repeat a run")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), default=KINDS)
def main(cycles: int, seed: int | None, kinds: tuple[str, ...]) -> None:
    """Kill -9 server and worker CYCLES times on each database."""
    seed = secrets.randbelow(10**6) if seed is None else seed
    click.echo(f"seed {seed}")
    postgres.begin_run()
    try:
        for kind in kinds:
            for first in range(0, cycles, ROUND):  # a fresh office now and then: looking costs by its size
                with tempfile.TemporaryDirectory() as folder, empty_database_url(kind, Path(folder)) as url:
                    started = time.monotonic()
                    result = run(url, Path(folder), min(ROUND, cycles - first), seed + first)
                took = time.monotonic() - started
                click.echo(f"{kind}: {result} in {took:.0f} s: nothing lost, doubled, half-done")
    finally:
        postgres.end_run()


if __name__ == "__main__":
    main()
