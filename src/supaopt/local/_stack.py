"""
The local Supabase as a context manager.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from supaopt.errors import ConfigError, StackError
from supaopt.local import _state
from supaopt.local._api import reload_schema
from supaopt.local._folder import make_state_dir
from supaopt.local._options import Options, check_database_url
from supaopt.local._packages import install_launcher, require_wheels
from supaopt.local._ports import answers
from supaopt.local._spawn import GuardProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

_NEWS_SECONDS = 10.0


class LocalSupabase:
    """
    Postgres, REST and Auth of a Supabase project, on this machine's loopback.

    A context manager; or call `start` and `stop`. Programs that name the same *state_dir* share
    one stack: the first starts it, and it ends when the last has stopped or died, unless
    *detached*.

    Args:
        state_dir: Folder for the data and the logs; a temporary one when None.
        keep: Whether that folder outlives the stack; by default if it was named.
        detached: Whether the stack lives on while nobody uses it, until `shut_down`.
        api_port: Port of the API; a free one when None.
        db_port: Port of Postgres; a free one when None.
        database_url: A Postgres to use in place of our own: a plain database, as its owner, who
            may create roles.
        schemas: Schemas that the API exposes.
        max_rows: Most rows that one answer holds.
        access_token_hook: Function that Auth calls before it issues a token, if it exists.
        progress: Told, in a sentence, what takes long; stderr when None.

    Examples:
        >>> with LocalSupabase() as stack:  # doctest: +SKIP
        ...     stack.url
        'http://127.0.0.1:54321'
    """

    def __init__(
        self,
        state_dir: str | Path | None = None,
        *,
        keep: bool | None = None,
        detached: bool = False,
        api_port: int | None = None,
        db_port: int | None = None,
        database_url: str | None = None,
        schemas: Sequence[str] = ("public",),
        max_rows: int = 1000,
        access_token_hook: str = "public.custom_access_token_hook",  # noqa: S107 - a name
        progress: Callable[[str], object] | None = None,
    ) -> None:
        if detached and state_dir is None:
            raise ConfigError("a detached stack needs a state_dir, by which it is found again")
        if database_url is not None:
            check_database_url(database_url, db_port)
        self._wanted_dir = Path(state_dir).absolute() if state_dir else None
        self._options: dict[str, Any] = {
            "keep": state_dir is not None if keep is None else keep,
            "detached": detached,
            "api_port": api_port,
            "db_port": db_port,
            "database_url": database_url,
            "schemas": tuple(schemas),
            "max_rows": max_rows,
            "access_token_hook": access_token_hook,
        }
        self._progress = progress or _to_stderr
        self._users: IO[str] | None = None
        self._guard: GuardProcess | None = None
        self._running: _state.Running | None = None

    def __repr__(self) -> str:
        return f"LocalSupabase({self._running.url if self._running else 'stopped'})"

    @property
    def url(self) -> str:
        """
        The project's URL, as ``create_client`` takes it.
        """
        return self._info.url

    @property
    def db_url(self) -> str:
        """
        Postgres as the owner of the database, who is no superuser.
        """
        return self._info.db_url

    @property
    def publishable_key(self) -> str:
        """
        API key of anonymous callers.
        """
        return self._info.publishable_key

    @property
    def secret_key(self) -> str:
        """
        API key of the server side, which passes RLS.
        """
        return self._info.secret_key

    @property
    def anon_key(self) -> str:
        """
        The legacy form of `publishable_key`.
        """
        return self._info.anon_key

    @property
    def service_role_key(self) -> str:
        """
        The legacy form of `secret_key`.
        """
        return self._info.service_role_key

    @property
    def jwt_secret(self) -> str:
        """
        Shared secret of legacy HS256 tokens.
        """
        return self._info.jwt_secret

    @property
    def signing_jwk(self) -> dict[str, Any]:
        """
        Private ES256 key that signs the access tokens of users, as a JSON Web Key.
        """
        return dict(self._info.signing_jwk)

    @property
    def issuer(self) -> str:
        """
        What access tokens carry as ``iss``.
        """
        return f"{self.url}/auth/v1"

    @property
    def state_dir(self) -> Path:
        """
        Folder with the data and the logs.
        """
        return Path(self._info.state_dir)

    @property
    def attached(self) -> bool:
        """
        Whether another program started the stack.
        """
        return self._running is not None and self._guard is None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        # What failed in the block may have noticed a death before the guard could report it.
        failed = isinstance(error, Exception)
        silent = failed and self._running is not None and not answers(self.url, self.db_url)
        death = self._death(patience=_NEWS_SECONDS if silent else 0)
        self.stop()
        if death is not None and (error is None or failed):
            raise death from error

    def start(self) -> Self:
        """
        Start the stack, or find the one that runs in the same *state_dir*; return this object.

        Raises:
            StackError: It did not start; ``part`` says which part, ``log`` what that printed.
        """
        if self._running is not None:
            return self
        state_dir = make_state_dir(self._wanted_dir)
        try:
            while (users := _state.join(state_dir)) is None:
                make_state_dir(self._wanted_dir)
            self._users = users
            while self._running is None:
                self._running = _state.await_running(state_dir) or self._launch(state_dir)
        except BaseException:
            self._leave(state_dir)
            raise
        return self

    def stop(self) -> None:
        """
        Stop using the stack; the last user's stop ends it. Stopping twice does no harm.
        """
        if self._running is None:
            return
        running, self._running = self._running, None
        self._leave(Path(running.state_dir), wait=not running.detached)

    def check(self) -> None:
        """
        Raise if a part of the stack has died.

        Raises:
            StackError: It has; the message says which part, and how.
        """
        if death := self._death():
            raise death

    def wait(self) -> None:
        """
        Wait until the stack ends.

        Raises:
            StackError: A part of it died.
        """
        if self._guard is not None:
            raise self._guard.await_death()
        _state.await_stopped(self.state_dir, unless_used=False)
        self.check()

    def reload_schema(self) -> None:
        """
        Have the API look at the schema again, and return when it has.

        It also does so by itself soon after each change; call this where "soon" is too late.
        """
        reload_schema(self.url, self.secret_key)

    @classmethod
    def find(cls, state_dir: str | Path) -> Self | None:
        """
        Return the stack that runs in *state_dir*, or None; it need not be stopped.
        """
        found = cls(state_dir)
        found._running = _state.await_running(Path(state_dir).absolute())
        return found if found._running else None

    def shut_down(self) -> None:
        """
        End the stack, even if it is detached or others use it, and wait until it has ended.
        """
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._info.pid, signal.SIGTERM)
        _state.await_stopped(self.state_dir, unless_used=False)

    @property
    def _info(self) -> _state.Running:
        if self._running is None:
            raise StackError("the local Supabase is not running: call start() first", part="state")
        return self._running

    def _launch(self, state_dir: Path) -> _state.Running | None:
        require_wheels()
        launcher = install_launcher(self._progress)
        unmended = tuple(filter(None, os.environ.get("SUPAOPT_UNMENDED", "").split(",")))
        self._guard = GuardProcess(
            Options(
                state_dir=str(state_dir), launcher=str(launcher), unmended=unmended, **self._options
            )
        )
        running = self._guard.await_ready()
        if running is None:
            self._guard = None
        return running

    def _leave(self, state_dir: Path, *, wait: bool = True) -> None:
        if self._users is not None:
            self._users.close()
            self._users = None
        if wait:
            _state.await_stopped(state_dir, unless_used=True)
        if self._guard is not None:
            self._guard.close(ended=not _state.is_held(state_dir))
            self._guard = None
        if self._wanted_dir is None:
            shutil.rmtree(state_dir, ignore_errors=True)

    def _death(self, *, patience: float = 0) -> StackError | None:
        if self._guard is not None:
            return self._guard.death(patience=patience)
        if self._running is not None and not _state.is_held(self.state_dir):
            return StackError(f"the stack in {self.state_dir} has ended", part="state")
        return None


def _to_stderr(message: str) -> None:
    sys.stderr.write(f"supaopt: {message}\n")
