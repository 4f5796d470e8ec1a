"""Definitions: deploy a folder, keep the author's files by content, version by key, compile once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from engine import audit, forms, gate
from engine.decisions import Decision
from engine.diagram import Diagram
from engine.diagram_functions import allowed_names
from engine.errors import DefinitionRefused, Finding, NotFound
from engine.spiff.compiled import CompiledProcess, called_keys, compile_process, read_decisions, read_diagrams
from engine.tables import definition_file, deployment, process_definition, resource
from engine.transaction import Transaction, new_id

CACHE_SIZE = 64
SUFFIXES = (".bpmn", ".dmn", ".json")


@dataclass(frozen=True)
class ProcessDefinition:
    """One version of one process."""

    id: str
    key: str
    version: int
    name: str
    deployed_at: datetime
    deployed_by: str


@dataclass(frozen=True)
class Deployment:
    """What a deploy did: new versions, and keys whose files had not changed."""

    id: str
    definitions: list[ProcessDefinition]
    unchanged: list[str]


@dataclass(frozen=True)
class Loaded:
    """A version ready to run: compiled process, its files and its decisions."""

    process: CompiledProcess
    files: dict[str, bytes]
    decisions: dict[str, Decision]


def load(tx: Transaction, definition_id: str) -> Loaded:
    """A version, compiled once per process of ours; two threads at first may both compile."""
    cache = tx.runtime.compiled
    found: Loaded | None = cache.get(definition_id)
    if found is None:
        definition = get(tx, definition_id)
        files = _files(tx, definition_id)
        found = Loaded(compile_process(definition.key, files), files, read_decisions(files))
        while len(cache) >= CACHE_SIZE:
            cache.pop(next(iter(cache)), None)
        cache[definition_id] = found
    return found


def read_folder(root: Path) -> dict[str, bytes]:
    """The deployable files below processes/ and forms/ of a folder, by relative path."""
    found = {}
    for part in ("processes", "forms"):
        for path in sorted((root / part).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                found[path.relative_to(root).as_posix()] = path.read_bytes()
    return found


def check(tx: Transaction, files: Mapping[str, bytes]) -> list[Finding]:
    """What the gate says of a folder in this office; any error forbids its deployment."""
    groups = tx.runtime.candidate_groups
    return gate.check(
        files,
        allowed_names(tx.runtime),
        groups(tx) if groups is not None else None,
        frozenset(tx.runtime.option_catalogues) or None,
        {name: effect.words() for name, effect in tx.runtime.effects.items()},
        {key: message for key, message in start_messages(tx).items() if message},
    )


def start_messages(tx: Transaction) -> dict[str, str | None]:
    """By process key: the message that starts the newest version; None where none does."""
    return {latest.key: compiled(tx, latest.id).start_message for latest in list_latest(tx)}


def deploy(tx: Transaction, files: Mapping[str, bytes], source: str) -> Deployment:
    """Check everything, then store new versions of what changed; DefinitionRefused changes nothing."""
    errors = [f for f in check(tx, files) if f.severity == "error"]
    if errors:
        raise DefinitionRefused(errors)
    deployment_id = new_id()
    tx.connection.execute(
        insert(deployment).values(id=deployment_id, deployed_at=tx.now, deployed_by=tx.actor.id, source=source)
    )
    diagrams = read_diagrams(files)
    known = {d.key: (d.version, _bundle_hash_of(tx, d.id)) for d in list_latest(tx)}
    created, unchanged = [], []
    for key, diagram in sorted(diagrams.items()):
        if not diagram.executable:
            continue
        bundle = _bundle(key, files, diagrams)
        digest = _bundle_hash(bundle)
        version, previous = known.get(key, (0, ""))
        if digest == previous:
            unchanged.append(key)
            continue
        created.append(_store(tx, diagram, bundle, digest, version + 1, deployment_id))
    audit.append(
        tx,
        "definitions",
        "definitions.deployed",
        detail={
            "source": source,
            "created": [f"{d.key}:{d.version}" for d in created],
            "unchanged": unchanged,
        },
    )
    return Deployment(deployment_id, created, unchanged)


def _store(
    tx: Transaction, diagram: Diagram, bundle: dict[str, bytes], digest: str, version: int, deployment_id: str
) -> ProcessDefinition:
    hashes = {path: hashlib.sha256(content).hexdigest() for path, content in bundle.items()}
    stored = set(
        tx.connection.execute(select(resource.c.hash).where(resource.c.hash.in_(list(hashes.values())))).scalars()
    )
    new = {hashes[path]: content for path, content in bundle.items() if hashes[path] not in stored}
    if new:
        tx.connection.execute(insert(resource), [{"hash": h, "content": c} for h, c in new.items()])
    definition = ProcessDefinition(new_id(), diagram.key, version, diagram.name, tx.now, tx.actor.id)
    tx.connection.execute(
        insert(process_definition).values(
            id=definition.id,
            key=diagram.key,
            version=version,
            name=diagram.name,
            bundle_hash=digest,
            deployment_id=deployment_id,
        )
    )
    tx.connection.execute(
        insert(definition_file),
        [{"definition_id": definition.id, "path": p, "resource_hash": h} for p, h in hashes.items()],
    )
    return definition


def _bundle(key: str, files: Mapping[str, bytes], diagrams: Mapping[str, Diagram]) -> dict[str, bytes]:
    """The files one process executes: its diagram and the called ones, their decisions and forms."""
    keys = called_keys(key, diagrams)
    decisions = {
        e.camunda["decisionRef"] for k in keys for e in diagrams[k].elements.values() if "decisionRef" in e.camunda
    }
    bundle = {}
    for path, content in files.items():
        if path.endswith(".bpmn"):
            wanted = bool(set(read_diagrams({path: content})) & set(keys))
        elif path.endswith(".dmn"):
            wanted = bool(set(read_decisions({path: content})) & decisions)
        else:
            wanted = any(path.startswith(f"forms/{k}/") for k in keys)
        if wanted:
            bundle[path] = content
    return bundle


def _bundle_hash(bundle: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for path in sorted(bundle):
        digest.update(path.encode() + b"\0" + hashlib.sha256(bundle[path]).digest())
    return digest.hexdigest()


def _bundle_hash_of(tx: Transaction, definition_id: str) -> str:
    query = select(process_definition.c.bundle_hash).where(process_definition.c.id == definition_id)
    return str(tx.connection.execute(query).scalar_one())


def _files(tx: Transaction, definition_id: str) -> dict[str, bytes]:
    rows = tx.connection.execute(
        select(definition_file.c.path, resource.c.content)
        .join(resource, resource.c.hash == definition_file.c.resource_hash)
        .where(definition_file.c.definition_id == definition_id)
    )
    return {row.path: bytes(row.content) for row in rows}


def _select() -> Any:
    return select(
        process_definition.c.id,
        process_definition.c.key,
        process_definition.c.version,
        process_definition.c.name,
        deployment.c.deployed_at,
        deployment.c.deployed_by,
    ).join(deployment, deployment.c.id == process_definition.c.deployment_id)


def get(tx: Transaction, definition_id: str) -> ProcessDefinition:
    """One version by id."""
    row = tx.connection.execute(_select().where(process_definition.c.id == definition_id)).first()
    if row is None:
        raise NotFound("流程定义不存在")
    return ProcessDefinition(**row._mapping)


def versions(tx: Transaction, key: str) -> list[ProcessDefinition]:
    """All versions of a key, newest first."""
    rows = tx.connection.execute(
        _select().where(process_definition.c.key == key).order_by(process_definition.c.version.desc())
    )
    return [ProcessDefinition(**row._mapping) for row in rows]


def latest(tx: Transaction, key: str) -> ProcessDefinition:
    """The version that new instances use."""
    found = versions(tx, key)
    if not found:
        raise NotFound(f"流程 {key} 尚未部署")
    return found[0]


def list_latest(tx: Transaction) -> list[ProcessDefinition]:
    """The newest version of every key."""
    newest = (
        select(process_definition.c.key, func.max(process_definition.c.version).label("version"))
        .group_by(process_definition.c.key)
        .subquery()
    )
    rows = tx.connection.execute(
        _select()
        .join(
            newest,
            (newest.c.key == process_definition.c.key) & (newest.c.version == process_definition.c.version),
        )
        .order_by(process_definition.c.key)
    )
    return [ProcessDefinition(**row._mapping) for row in rows]


def compiled(tx: Transaction, definition_id: str) -> CompiledProcess:
    """The executable form of a version."""
    return load(tx, definition_id).process


def process_keys(tx: Transaction, definition_id: str) -> list[str]:
    """The process itself first, then those it calls."""
    return compiled(tx, definition_id).called_closure()


def diagram(tx: Transaction, definition_id: str, process_key: str) -> Diagram:
    """A process of the version, as read from its file."""
    found = compiled(tx, definition_id).diagrams.get(process_key)
    if found is None:
        raise NotFound(f"该流程版本中没有 {process_key}")
    return found


def bpmn(tx: Transaction, definition_id: str, process_key: str) -> bytes:
    """The author's file, byte for byte."""
    for path, content in load(tx, definition_id).files.items():
        if path.endswith(".bpmn") and process_key in read_diagrams({path: content}):
            return content
    raise NotFound(f"该流程版本中没有 {process_key}")


def form(tx: Transaction, definition_id: str, process_key: str, form_key: str | None) -> dict[str, Any] | None:
    """A user task's form; None when the task has none."""
    if form_key is None:
        return None
    content = load(tx, definition_id).files.get(f"forms/{process_key}/{form_key}.json")
    return forms.load(content) if content is not None else None


def decision(tx: Transaction, definition_id: str, decision_id: str) -> Decision:
    """A decision of the version."""
    found = load(tx, definition_id).decisions.get(decision_id)
    if found is None:
        raise NotFound(f"该流程版本中没有决策表 {decision_id}")
    return found


def element_clauses(tx: Transaction, definition_id: str, process_key: str) -> dict[str, tuple[str, ...]]:
    """The clauses each element of a diagram cites."""
    elements = diagram(tx, definition_id, process_key).elements
    return {e.id: e.clauses for e in elements.values() if e.clauses}
