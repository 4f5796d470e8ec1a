"""What a new installation starts with: the organisation always, people and tickets for a demonstration."""

from __future__ import annotations

from engine.transaction import SYSTEM, Runtime
from hotline import seed_demo, seed_people
from hotline.seed_organisation import load_organisation

__all__ = ["load_demo", "load_organisation"]


def load_demo(runtime: Runtime) -> None:
    """People with a published password, and tickets they have worked on; the processes must be deployed."""
    with runtime.write(SYSTEM) as tx:
        seed_people.load(tx)
    seed_demo.load(runtime)
