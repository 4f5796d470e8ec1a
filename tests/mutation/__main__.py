"""python -m tests.mutation gate: takes away one rule at a time and tells which test notices, and what stays alive."""

from __future__ import annotations

import pkgutil
import sys
import time
from importlib import import_module
from pathlib import Path

import click
import pytest

from tests.mutation.running import Mutation

AREAS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # modules and packages, tests
    "gate": (("engine.gate",), ("engine/test_gate*", "engine/test_soundness*", "engine/test_coverage*")),
    "continuation": (("engine.gate.continuation", "engine.modifications"), ("engine/test_modification*",)),
    "engine": (
        ("engine.spiff", "engine.modifications", "engine.cancellation", "engine.participants"),
        ("engine/test_*",),
    ),
    "api": (("api",), ("api/test_*", "security/test_*")),
    "hotline": (("hotline",), ("hotline/test_*", "processes/test_*")),
}


@click.command()
@click.argument("area", type=click.Choice(sorted(AREAS)))
@click.option("--module", "chosen", multiple=True, help="only these modules")
@click.option("--only", default="", help="only mutants with this text in their name")
@click.option("--seconds", default=10.0, show_default=True, help="of tests for one mutant")
@click.option("--tests", "files", multiple=True, help="only these files of tests")
def main(area: str, chosen: tuple[str, ...], only: str, seconds: float, files: tuple[str, ...]) -> None:
    """Run the mutants of one area; the exit code is 1 while one stays alive."""
    packages, patterns = AREAS[area]
    modules = [name for package in chosen or packages for name in _modules(package)]
    found = files or tuple(str(path) for pattern in patterns for path in sorted(Path("tests").glob(f"{pattern}.py")))
    mutation, began = Mutation(modules, only, seconds, click.echo), time.monotonic()
    code = pytest.main(["-k", "not postgresql", "-p", "no:cacheprovider", "--capture=no", *found], plugins=[mutation])
    if code:
        sys.exit(int(code))
    click.echo(f"\n{mutation.killed} killed, {len(mutation.alive)} alive, {time.monotonic() - began:.0f} s")
    for mutant in mutation.alive:
        click.echo(mutant.name)
    sys.exit(bool(mutation.alive))


def _modules(package: str) -> list[str]:
    found = import_module(package)
    inner = pkgutil.walk_packages(getattr(found, "__path__", []), f"{package}.")
    return [package, *(each.name for each in inner)]


if __name__ == "__main__":
    main()
