"""make crash CYCLES=300: the long run on both databases; prints each round and its seed."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from tests import postgres
from tests.conftest import KINDS, empty_database_url
from tests.crash.harness import Result, run
from tests.crash.rounds import Rounds

ROUND = 200  # a fresh office now and then: looking costs by its size


@click.command()
@click.option("--cycles", default=300, show_default=True, help="kills per database")
@click.option("--seed", type=int, default=None, help="repeat a run")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), default=KINDS)
@click.option("--record", type=click.Path(path_type=Path), default=None, help="go on after the rounds in this file")
def main(cycles: int, seed: int | None, kinds: tuple[str, ...], record: Path | None) -> None:
    """Kill -9 server and worker CYCLES times on each database, those in the record included."""

    def round_of(kind: str, many: int, seed_number: int) -> Result:
        with tempfile.TemporaryDirectory() as folder, empty_database_url(kind, Path(folder)) as url:
            return run(url, Path(folder), many, seed_number)

    postgres.begin_run()
    try:
        Rounds(record, seed).until(cycles, ROUND, kinds, round_of)
    finally:
        postgres.end_run()


if __name__ == "__main__":
    main()
