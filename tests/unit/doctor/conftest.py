"""
Facts of a project in which nothing is wrong, to break one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from supaopt.doctor._checks import judge
from supaopt.doctor._facts import Api, Cache, Facts, Job, Keys, Packages, Server

if TYPE_CHECKING:
    from supaopt.doctor import Finding

Judge = Callable[..., list[tuple[str, str, str]]]

_HEALTHY: dict[str, Any] = {
    "packages": Packages(supaopt="0.1.0", supabase="2.24.0"),
    "api": Api(
        url="https://ref.supabase.co",
        is_private=True,
        knows_secret=False,
        keys=Keys(published=1, usable=1),
        schemas=("public",),
    ),
    "server": Server(
        version=170_006, role="postgres", now=0, has_cache=True, owns_cache=True, has_cron=True
    ),
    "skew": 0.1,
    "relations": (),
    "policies": (),
    "foreign_keys": (),
    "functions": (),
    "problems": (),
    "cache": Cache(
        entries_bytes=8192,
        log_bytes=8192,
        max_lifetime=86_400,
        log_retention=172_800,
        max_data_bytes=4_194_304,
    ),
    "files": (),
    "jobs": (Job(name="supaopt clean-up", schedule="*/5 * * * *", active=True),),
    "statements": (),
    "hook": "",
}


@pytest.fixture(name="healthy")
def _healthy() -> Facts:
    return Facts(**_HEALTHY)


@pytest.fixture(name="find")
def _find() -> Callable[..., tuple[Finding, ...]]:
    def find(**broken: Any) -> tuple[Finding, ...]:
        return judge(Facts(**(_HEALTHY | broken)))

    return find


@pytest.fixture(name="found")
def _found(find: Callable[..., tuple[Finding, ...]]) -> Judge:
    def found(**broken: Any) -> list[tuple[str, str, str]]:
        return [(each.code, each.level, each.object) for each in find(**broken)]

    return found
