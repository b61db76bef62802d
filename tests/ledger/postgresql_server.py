"""A PostgreSQL cluster of its own for the tests, in a temporary folder, on a Unix socket and no port.

Made by the Debian package `postgresql` (initdb, pg_ctl), as user `postgres` where the tests run as root, because the server
refuses to. Every store is a schema of its own in one database.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import quote

_SCHEMAS = count(1)


def programs() -> Path | None:
    """The folder with `initdb` and `pg_ctl`, or None where there is none."""
    found = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if found is not None:
        folders.insert(0, Path(found).resolve().parent)
    return next((folder for folder in folders if (folder / "initdb").is_file() and (folder / "pg_ctl").is_file()), None)


def missing() -> str:
    """Why there can be no server here, or nothing."""
    if programs() is None:
        return "PostgreSQL is not installed"
    if os.geteuid() == 0 and (shutil.which("setpriv") is None or not _has_user()):
        return "PostgreSQL does not run as root, and there is no user postgres"
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "psycopg is not installed"
    return ""


def _has_user() -> bool:
    import pwd

    try:
        pwd.getpwnam("postgres")
    except KeyError:
        return False
    return True


class Server:
    """A running cluster."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def new_store(self) -> str:
        """The URL of a schema that nothing is in yet."""
        import psycopg

        schema = f"store_{next(_SCHEMAS)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {schema}")
        return self.url(schema)

    def url(self, schema: str = "public") -> str:
        """The URL of a schema."""
        options = quote(f"-csearch_path={schema}")
        return f"postgresql://postgres@/postgres?host={quote(str(self.folder), safe='')}&options={options}"


@contextmanager
def running(*, lasting: bool = False) -> Iterator[Server]:
    """A cluster from here to the end. Unless `lasting` it does not wait for the disk: what the tests ask is not whether the disk is
    one. What is measured waits, and has more memory."""
    folder = Path(tempfile.mkdtemp(prefix="lossproof-pg-"))
    binaries, as_user = programs(), []
    assert binaries is not None
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_user = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
    cluster = folder / "cluster"

    def run(*command: str) -> None:
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(folder)}
        done = subprocess.run(
            [*as_user, *command],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]

    try:
        run(str(binaries / "initdb"), "-D", str(cluster), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        settings = "-c shared_buffers=256MB -c fsync=on" if lasting else "-c shared_buffers=32MB -c fsync=off"
        options = f"-c listen_addresses= -c unix_socket_directories={folder} {settings}"
        control = (str(binaries / "pg_ctl"), "-D", str(cluster), "-w")
        # Its output goes to a file: a server that holds on to a pipe would keep its reader waiting.
        run(*control, "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield Server(folder)
        finally:
            run(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
