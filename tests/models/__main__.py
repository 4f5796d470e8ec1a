"""make models MODELS=1000 PATHS=30: the long run on every core; a failing model is repeated by its seed."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor, as_completed

import click

from tests.models import driving

NEWS_SECONDS = 30.0  # between two lines of progress


@click.command()
@click.option("--models", default=1000, show_default=True, help="how many models")
@click.option("--paths", default=30, show_default=True, help="paths through each")
@click.option("--seed", default=0, show_default=True, help="the first model")
@click.option("--jobs", default=os.cpu_count() or 1, show_default=True, help="how many at once")
def main(models: int, paths: int, seed: int, jobs: int) -> None:
    """Run random sound models to the end, in memory and restored before each step."""
    started = told = time.monotonic()
    steps, done, failed = 0, 0, list[int]()
    with ProcessPoolExecutor(jobs) as pool:
        running = {pool.submit(driving.check, number, paths): number for number in range(seed, seed + models)}
        for future in as_completed(running):
            done += 1
            error = future.exception()
            if error is None:
                steps += future.result()
            else:
                failed.append(running[future])
                click.echo(f"{type(error).__name__}: {error}", err=True)
            if time.monotonic() - told > NEWS_SECONDS:
                told = time.monotonic()
                click.echo(f"{done} of {models} models, {steps} steps, {len(failed)} failed")
    seconds = time.monotonic() - started
    click.echo(f"{models} models, {paths} paths each, {steps} steps in {seconds:.0f} s; {len(failed)} failed")
    for number in sorted(failed):
        click.echo(f"again: python -m tests.models --seed {number} --models 1 --paths {paths}")
    if failed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
