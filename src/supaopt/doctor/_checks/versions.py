"""
Whether the versions of everything fit together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from supaopt.doctor._model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.doctor._facts import Facts

_OLDEST_POSTGRES: Final = 15
_NEWEST_POSTGRES: Final = 18
_OLDEST_CLIENT: Final = (2, 24)
_NEXT_CLIENT: Final = (3,)


def postgres(facts: Facts) -> Iterator[Finding]:
    """
    Find versions of Postgres that our SQL was not tested on.
    """
    if facts.server is None:
        return
    major = facts.server.version // 10_000
    if major < _OLDEST_POSTGRES:
        yield Finding(
            "postgres_unsupported",
            "error",
            "Postgres is too old",
            f"Postgres {major}",
            "views cannot be security_invoker, and supaopt's SQL does not install",
            f"upgrade the project to Postgres {_OLDEST_POSTGRES} or later",
        )
    elif major > _NEWEST_POSTGRES:
        yield Finding(
            "postgres_untested",
            "info",
            "Postgres is newer than this supaopt",
            f"Postgres {major}",
            f"supaopt {facts.packages.supaopt} was tested up to Postgres {_NEWEST_POSTGRES}",
            "pip install --upgrade supaopt",
        )


def client(facts: Facts) -> Iterator[Finding]:
    """
    Find versions of supabase-py that supaopt does not work with.
    """
    version = facts.packages.supabase
    if version is None:
        return
    parts = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if not _OLDEST_CLIENT <= parts < _NEXT_CLIENT:
        yield Finding(
            "client_unsupported",
            "error",
            "supabase-py does not fit",
            f"supabase {version}",
            f"supaopt {facts.packages.supaopt} works with 2.24 up to, not including, 3",
            "pip install 'supabase>=2.24,<3'",
        )
