"""Where Vite put each island: the hashed files named by static/dist/manifest.json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

STATIC = Path(__file__).parent / "static"
MANIFEST = STATIC / "dist" / "manifest.json"
PREFIX = "/static/dist/"


class AssetsMissing(Exception):
    """The front end was not built; pages cannot be shown until it is."""


@dataclass(frozen=True)
class Island:
    """The files one entry needs."""

    script: str
    styles: tuple[str, ...]
    preloads: tuple[str, ...]


class Assets:
    """Reads the manifest again when a build replaced it."""

    def __init__(self, manifest: Path = MANIFEST) -> None:
        self._manifest = manifest
        self._modified = 0
        self._islands: dict[str, Island] = {}

    def __call__(self, entry: str) -> Island:
        try:
            modified = self._manifest.stat().st_mtime_ns
            if modified != self._modified:
                self._islands = _islands(json.loads(self._manifest.read_bytes()))
                self._modified = modified
            return self._islands[entry]
        except (FileNotFoundError, KeyError) as error:
            raise AssetsMissing(entry) from error


def _islands(manifest: dict[str, dict[str, object]]) -> dict[str, Island]:
    return {name: _island(manifest, name) for name, chunk in manifest.items() if chunk.get("isEntry")}


def _island(manifest: dict[str, dict[str, object]], entry: str) -> Island:
    styles: dict[str, None] = {}
    scripts: dict[str, None] = {}

    def visit(name: str) -> None:
        chunk = manifest[name]
        path = PREFIX + str(chunk["file"])
        if path in scripts:
            return
        scripts[path] = None
        for style in _strings(chunk, "css"):
            styles[PREFIX + style] = None
        for imported in _strings(chunk, "imports"):
            visit(imported)

    visit(entry)
    script, *preloads = scripts
    return Island(script, tuple(styles), tuple(preloads))


def _strings(chunk: dict[str, object], key: str) -> list[str]:
    values = chunk.get(key, [])
    return [str(value) for value in values] if isinstance(values, list) else []
