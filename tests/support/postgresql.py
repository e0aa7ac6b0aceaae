"""A PostgreSQL server of the tests' own, of Debian's package `postgresql`, on loopback and a Unix socket.

A password is asked for over loopback, none over the socket, which nobody else reaches.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from ringwork.control.store.postgresql import postgresql
from ringwork.control.store.schema import ensure_schema
from tests.support.ports import free_port

PASSWORD = "never-to-be-seen"
_USER = "ringwork"
_TEMPLATE = "begun"
# Sorted as a dictionary is: what relies on the order of bytes is noticed.
EMPTY = "TEMPLATE template0 ENCODING UTF8 LOCALE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'en'"
_PATIENCE_SECONDS = 60.0
_ROOM_BYTES = 2 << 30
_SETTINGS = {"max_connections": "200", "shared_buffers": "32MB"}
# What a test loses when the machine loses power is nothing.
FLEETING: Mapping[str, str] = {"fsync": "off", "full_page_writes": "off"}
# As servers are that keep what they committed.
DURABLE: Mapping[str, str] = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


class PostgreSQL:
    """One server. `stop` and `start` leave what it holds. `settings`: FLEETING, or DURABLE to measure it."""

    def __init__(self, settings: Mapping[str, str] = FLEETING) -> None:
        self._settings = {**_SETTINGS, **settings}
        self._root = Path(tempfile.mkdtemp(prefix="ringwork-pg-", dir=_place(self._settings)))
        self._port = free_port()
        self._numbers = itertools.count()
        self._server: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self._root, owner.pw_uid, owner.pw_gid)
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        self._make()
        self.start()
        self._run(f"CREATE DATABASE {{}} {EMPTY}", _TEMPLATE)
        begun = postgresql(make_url(self.url(_TEMPLATE)))
        ensure_schema(begun)
        begun.close()

    def url(self, name: str) -> str:
        """Over the socket, without a password."""
        return f"postgresql://{_USER}@/{name}?host={self._root}&port={self._port}"

    def url_with_password(self, name: str) -> str:
        return f"postgresql://{_USER}:{PASSWORD}@127.0.0.1:{self._port}/{name}"

    @contextmanager
    def database(self, made: str = f"TEMPLATE {_TEMPLATE} STRATEGY FILE_COPY") -> Iterator[str]:
        """The name of a database for one test; by default it has the newest schema, and is nobody's."""
        name = f"test{next(self._numbers)}"
        self._run(f"CREATE DATABASE {{}} {made}", name)
        try:
            yield name
        finally:
            self._run("DROP DATABASE {} WITH (FORCE)", name)

    def connect(self, name: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.url(name), autocommit=True)

    def start(self) -> None:
        words = ["postgres", "-D", str(self._root / "data"), "-k", str(self._root), "-p", str(self._port)]
        words += [word for setting in self._settings.items() for word in ("-c", "=".join(setting))]
        with (self._root / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [*_unprivileged(), str(_binary(words[0])), *words[1:], "-h", "127.0.0.1"],
                stdout=log,
                stderr=log,
            )
        self._await()

    def stop(self) -> None:
        """At once: connections are cut, what was committed stays."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait(_PATIENCE_SECONDS)
            self._server = None

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._root)

    def _make(self) -> None:
        secret = self._root / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)  # in a folder of the server's own
        words = ["--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={secret}", "--no-sync"]
        words += [
            f"--username={_USER}",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            f"--pgdata={self._root / 'data'}",
        ]
        subprocess.run(
            [*_unprivileged(), str(_binary("initdb")), *words],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self._root,
        )

    def _await(self) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            assert self._server is not None and self._server.poll() is None, (self._root / "log").read_text()
            try:
                self.connect().close()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, (self._root / "log").read_text()
                time.sleep(0.05)
            else:
                return

    def _run(self, statement: str, name: str) -> None:
        with self.connect() as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


def _place(settings: Mapping[str, str]) -> Path | None:
    """In memory, if there is room and nothing has to last: a database for each of a thousand tests is written."""
    memory = Path("/dev/shm")
    fleeting = settings.get("fsync") == "off" and memory.is_dir()
    return memory if fleeting and shutil.disk_usage(memory).free > _ROOM_BYTES else None


def _unprivileged() -> list[str]:
    """The server refuses root; and it ends with whoever started it, however that ends."""
    user = ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *user, "--pdeathsig", "INT"]


def _binary(name: str) -> Path:
    """Debian keeps servers of several versions beside each other, none of them on PATH."""
    installed = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3])
    )
    found = installed[-1] if installed else shutil.which(name)
    assert found is not None, "Debian's package `postgresql` is needed: make test installs it"
    return Path(found)
