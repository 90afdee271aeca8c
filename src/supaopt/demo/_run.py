"""
The whole demo, from an empty folder to a result.
"""

from __future__ import annotations

import os
import platform as machine
from functools import partial
from importlib.metadata import version
from time import monotonic
from typing import TYPE_CHECKING, Final

import psycopg

import supaopt
from supaopt.demo import _auth, _cache, _n_plus_one, _payload
from supaopt.demo._model import CacheResult, DemoResult, Environment
from supaopt.demo._platform import running
from supaopt.demo._steps import Silent
from supaopt.errors import ConfigError
from supaopt.local.lms import Sizes

if TYPE_CHECKING:
    from supaopt.demo._platform import Platform
    from supaopt.demo._steps import Steps

SIZES: Final = {
    "small": Sizes(
        clients=12,
        profiles=40,
        products=12,
        modules=60,
        lessons=200,
        questions=200,
        students=600,
        sessions=12,
        viewers=200,
        submissions=200,
    ),
    "standard": Sizes(sessions=60, inactive_sessions=12),
    "large": Sizes(
        clients=150,
        profiles=1_000,
        products=60,
        modules=600,
        lessons=4_000,
        questions=5_000,
        students=25_000,
        sessions=100,
        inactive_sessions=20,
        viewers=1_000,
        submissions=8_000,
    ),
}
"""How large the sample data may be, by name. A session has no more viewers than one answer of the
API has rows: the loop before would miss the rest."""


def run(
    *,
    size: str = "standard",
    seed: int = 7,
    reads: int = 1_200,
    steps: Steps | None = None,
    database_url: str | None = None,
) -> DemoResult:
    """
    Start a platform, measure everything on it, and take it away.

    Args:
        size: Name of the sample data's size, one of `SIZES`.
        seed: What the sample data are drawn from.
        reads: How many reads each cache gets while rows change; at least 1,000 tell something.
        steps: Where progress is shown; nowhere when None.
        database_url: A plain, empty Postgres to use in place of our own.

    Raises:
        ConfigError: There is no such size.
        StackError: The local Supabase did not start, or died.
    """
    steps = steps or Silent()
    begun = monotonic()
    with running(_sizes(size), seed=seed, steps=steps, database_url=database_url) as platform:
        steps.step("Authenticating")
        auth = _auth.measure(platform)
        steps.step("Listing expert sessions")
        n_plus_one = _n_plus_one.measure(platform)
        steps.step("Weighing every selector")
        payload = _payload.measure(platform)
        steps.step("Timing the caches")
        latency = _cache.measure_latency(platform)
        advance = steps.step("Racing the caches against writers", 2 * reads)
        staleness = _cache.measure_staleness(platform, reads=reads, on_read=partial(advance, 1))
        environment = _environment(platform, size=size, seed=seed, seconds=monotonic() - begun)
    return DemoResult(
        auth=auth,
        n_plus_one=n_plus_one,
        payload=payload,
        cache=CacheResult(**dict(latency), **dict(staleness)),
        environment=environment,
    )


def _sizes(name: str) -> Sizes:
    if name not in SIZES:
        raise ConfigError(f"size={name!r}: choose one of {', '.join(SIZES)}")
    return SIZES[name]


def _environment(platform: Platform, *, size: str, seed: int, seconds: float) -> Environment:
    with psycopg.connect(platform.db_url) as db:
        postgres = db.info.parameter_status("server_version") or "unknown"
    return Environment(
        supaopt=supaopt.__version__,
        supabase=version("supabase"),
        python=machine.python_version(),
        postgres=postgres.split()[0],
        system=f"{machine.system()} {machine.machine()}",
        cpus=_cpus(),
        seed=seed,
        size=size,
        rows=platform.rows,
        seconds=round(seconds, 1),
    )


def _cpus() -> int:
    # A container may use fewer than the machine has; not every system tells.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
