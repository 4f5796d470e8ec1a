"""The office's own data files, beside the diagrams in processes/."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from engine.rule_data import read_yaml


def processes_folder() -> Path:
    """Where diagrams and data files lie: PROCESSES_DIR, else beside this package."""
    configured = os.environ.get("PROCESSES_DIR")
    return Path(configured) if configured else Path(__file__).resolve().parent.parent / "processes"


@cache
def read(name: str) -> dict[str, Any]:
    """The content of one data file, read once per process."""
    return read_yaml(processes_folder() / name)
