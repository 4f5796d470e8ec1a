"""make cuts CUTS=10000: connections cut around COMMIT and between client and server; each request acts once."""

from __future__ import annotations

import logging
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy import make_url

from minhu.application import build_runtime
from minhu.settings import PROJECT, Settings
from minhu.startup import migrate_database
from tests import postgres
from tests.conftest import FakeClock, empty_database_url
from tests.crash.invariants import Eyes
from tests.crash.office import Clerk, open_office
from tests.crash.proxy import CuttingProxy
from tests.crash.record import Record
from tests.crash.rounds import Rounds
from tests.server import serving

CLERKS = 4
PATIENCE_SECONDS = 60
ONE_IN = 3
ROUND = 1000


@dataclass(frozen=True)
class Result:
    """What one run did; anything doubled or lost was raised."""

    cuts_at_commit: int
    cuts_at_requests: int
    retries: int
    unavailable: Counter[str]  # titles of answers 503, after which the request was sent again
    tickets: int
    completions: int


def run(url: str, folder: Path, cuts: int, seed_number: int) -> Result:
    """At least `cuts` cuts in all; raises AssertionError or Broken when anything was lost or doubled."""
    settings = Settings(url, folder, str(folder / "attachments"), PROJECT)
    migrate_database(settings)
    direct = build_runtime(settings, FakeClock())
    tokens = open_office(direct)
    port = make_url(url).port
    assert port is not None
    at_commit = CuttingProxy(port, lambda chunk: b"COMMIT" in chunk, ONE_IN, seed_number)
    through_proxy = make_url(url).set(port=at_commit.port).render_as_string(hide_password=False)
    record, eyes = Record(), Eyes(direct)
    try:
        with serving(Settings(through_proxy, folder, settings.attachments, PROJECT), FakeClock()) as server:
            to_server = int(server.url.rpartition(":")[2])
            at_requests = CuttingProxy(to_server, lambda chunk: chunk.startswith(b"POST"), ONE_IN, seed_number + 1)
            try:
                _work(at_commit, at_requests, cuts, Work(tokens, record, seed_number))
            finally:
                at_requests.close()
    finally:
        at_commit.close()
    seen = eyes.look(record.promises(Counter()))
    direct.database.dispose()
    assert not record.wrong, record.wrong[:10]
    assert seen["tickets"] == len(record.created), "a request made two tickets, or none"
    return Result(
        at_commit.cuts,
        at_requests.cuts,
        record.interrupted,
        record.unavailable,
        seen["tickets"],
        seen["completions"],
    )


@dataclass(frozen=True)
class Work:
    """Who works and what they remember."""

    tokens: dict[str, str]
    record: Record
    seed_number: int


def _work(at_commit: CuttingProxy, at_requests: CuttingProxy, cuts: int, work: Work) -> None:
    url = f"http://127.0.0.1:{at_requests.port}"
    clerks = [Clerk([url], work.tokens, work.record, work.seed_number + number) for number in range(CLERKS)]
    for clerk in clerks:
        clerk.start()
    seen, deadline = 0, time.monotonic() + PATIENCE_SECONDS
    try:
        while (now := at_commit.cuts + at_requests.cuts) < cuts:
            if now > seen:
                seen, deadline = now, time.monotonic() + PATIENCE_SECONDS
            assert time.monotonic() < deadline, f"nothing moves any more: {work.record.wrong[:3]}"
            time.sleep(0.05)
    finally:
        at_commit.cutting = at_requests.cutting = False
        for clerk in clerks:
            clerk.stopping.set()
        for clerk in clerks:
            clerk.join(PATIENCE_SECONDS)
            assert not clerk.is_alive(), "a clerk never got an answer"


@click.command()
@click.option("--cuts", default=10_000, show_default=True)
@click.option("--seed", type=int, default=None, help="repeat a run")
@click.option("--record", type=click.Path(path_type=Path), default=None, help="go on after the rounds in this file")
def main(cuts: int, seed: int | None, record: Path | None) -> None:
    """Cut connections CUTS times, those in the record included, on PostgreSQL."""
    logging.disable(logging.ERROR)  # a database that cannot be reached is what we are here for

    def round_of(kind: str, many: int, seed_number: int) -> Result:
        with tempfile.TemporaryDirectory() as folder, empty_database_url(kind, Path(folder)) as url:
            return run(url, Path(folder), many, seed_number)

    postgres.begin_run()
    try:
        Rounds(record, seed).until(cuts, ROUND, ("postgresql",), round_of)
    finally:
        postgres.end_run()


if __name__ == "__main__":
    main()
