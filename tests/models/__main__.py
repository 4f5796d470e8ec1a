"""make models MODELS=1000 PATHS=30: the long run; a failing model is written to a folder and repeated by its seed."""

from __future__ import annotations

import time
from collections import Counter

import click

from tests.models import driving


@click.command()
@click.option("--models", default=1000, show_default=True, help="how many models")
@click.option("--paths", default=30, show_default=True, help="paths through each")
@click.option("--seed", default=0, show_default=True, help="the first model")
def main(models: int, paths: int, seed: int) -> None:
    """Run random sound models to the end, in memory and restored before each step."""
    started, steps, failed = time.monotonic(), 0, Counter[str]()
    for number in range(seed, seed + models):
        try:
            steps += driving.check(number, paths)
        except Exception as error:
            failed[type(error).__name__] += 1
            click.echo(f"{type(error).__name__}: {error}", err=True)
    seconds = time.monotonic() - started
    click.echo(
        f"{models} models, {paths} paths each, {steps} steps in {seconds:.0f} s; failed: {dict(failed) or 'none'}"
    )
    if failed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
