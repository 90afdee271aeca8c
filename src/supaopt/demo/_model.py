"""
What the demo found, as values: the shape of ``supaopt demo --json``.

Times are medians, in the unit that the name ends in; every part tells over how many runs.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class _Result(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")


class AuthResult(_Result):
    """
    One authenticated request: asked of the server, or verified locally.

    Attributes:
        calls_before: Requests that reached the server for ``get_user`` and the profiles query.
        calls_after: Requests that reached the server for ``authenticate_request``.
        key_fetches: Requests for the project's signing keys: once a process, before all others.
        before_ms: ``get_user(token)`` and a query of ``profiles``.
        after_us: ``authenticate_request`` with a role guard, for a token seen before.
        first_us: The same for a token never seen: its signature is verified.
        runs_before: Number of runs behind ``before_ms``.
        runs_after: Number of runs behind ``after_us`` and ``first_us``.
        algorithm: Signature algorithm of the token.
    """

    calls_before: int
    calls_after: int
    key_fetches: int
    before_ms: float
    after_us: float
    first_us: float
    runs_before: int
    runs_after: int
    algorithm: str


class NPlusOneResult(_Result):
    """
    The list of expert sessions with its statistics: 1 + N requests, or one.

    Attributes:
        sessions: How many sessions the list holds: N.
        calls_before: Requests that reached the server for the loop.
        calls_after: Requests that reached the server for the function.
        bytes_before: Body bytes of all answers to the loop.
        bytes_after: Body bytes of the answer to the function.
        before_ms: The loop, one request after the other.
        concurrent_ms: The loop with all N requests at once, as ``Promise.all`` sends them.
        after_ms: ``get_expert_sessions_with_stats`` in one request.
        equal: Whether both ways gave the same sessions, figures and products.
        runs: Number of runs behind each median.
    """

    sessions: int
    calls_before: int
    calls_after: int
    bytes_before: int
    bytes_after: int
    before_ms: float
    concurrent_ms: float
    after_ms: float
    equal: bool
    runs: int


class PayloadResult(_Result):
    """
    The same rows of one table, with all columns and with a selector's.

    Attributes:
        entity: Name of the entity in ``SELECTORS``, such as ``STUDENT``.
        selector: Name of the column set, such as ``LIST``.
        table: The table it reads.
        rows: How many rows both answers hold.
        star_bytes: Body bytes of ``select=*``.
        bytes: Body bytes of the selector.
        saved_percent: What the selector saves of the body.
        star_gzip_bytes: Bytes of ``select=*`` after gzip.
        gzip_bytes: Bytes of the selector after gzip.
        saved_gzip_percent: What the selector saves after gzip.
        saves_nothing: Whether it saves less than 1 %: then it is ``*`` by another name.
    """

    entity: str
    selector: str
    table: str
    rows: int
    star_bytes: int
    bytes: int
    saved_percent: float
    star_gzip_bytes: int
    gzip_bytes: int
    saved_gzip_percent: float
    saves_nothing: bool


class CacheLatency(_Result):
    """
    Three ways to answer the same question, on rows that rest.

    Attributes:
        uncached_ms: Without a cache: the query each time.
        plan_miss_ms: The plan's design, nothing stored: look-up, query, store.
        plan_hit_ms: The plan's design, stored.
        miss_ms: supaopt, nothing stored.
        hit_ms: supaopt, stored.
        function_hit_ms: supaopt's read-through function, stored: one request, hit or miss.
        near_hit_ms: supaopt, stored, with the tier that keeps answers in the process.
        runs: Number of runs behind each median.
    """

    uncached_ms: float
    plan_miss_ms: float
    plan_hit_ms: float
    miss_ms: float
    hit_ms: float
    function_hit_ms: float
    near_hit_ms: float
    runs: int


class CacheStaleness(_Result):
    """
    What two caches served while rows changed.

    A read is stale when it serves a value older than one that was committed, and seen by another
    session, before the read began.

    Attributes:
        reads: Reads made through supaopt.
        hits: How many of them needed no query.
        stale_ours: How many of them were stale.
        reads_plan: Reads made through the plan's design.
        hits_plan: How many of them needed no query.
        stale_plan: How many of them were stale.
        writes: Transactions committed meanwhile, on the table that supaopt watches.
        writes_plan: Transactions committed meanwhile, on the table with the plan's triggers.
        rolled_back: Transactions rolled back meanwhile, in both.
        raced_keys: How many cached values the writers changed.
        still_wrong_ours: How many of them supaopt served wrong after the last write.
        still_wrong_plan: How many of them the plan's design served wrong after the last write.
    """

    reads: int
    hits: int
    stale_ours: int
    reads_plan: int
    hits_plan: int
    stale_plan: int
    writes: int
    writes_plan: int
    rolled_back: int
    raced_keys: int
    still_wrong_ours: int
    still_wrong_plan: int


class CacheResult(CacheLatency, CacheStaleness):
    """
    The caches: how fast, and how right.
    """


class Environment(_Result):
    """
    Where the figures come from: they compare within one run, never across machines.

    Attributes:
        supaopt: Version of supaopt.
        supabase: Version of supabase-py.
        python: Version of Python.
        postgres: Version of the server.
        system: Operating system and machine.
        cpus: Processors this process may use.
        seed: Seed of the sample data.
        size: Name of the sample data's size.
        rows: Rows of sample data by table.
        seconds: How long the whole demo took.
    """

    supaopt: str
    supabase: str
    python: str
    postgres: str
    system: str
    cpus: int
    seed: int
    size: str
    rows: dict[str, int]
    seconds: float


class DemoResult(_Result):
    """
    All that the demo measured in one run.

    Attributes:
        auth: Authentication.
        n_plus_one: The list of expert sessions.
        payload: Every selector beside ``*``.
        cache: Latency and staleness of the caches.
        environment: What it ran on.
    """

    auth: AuthResult
    n_plus_one: NPlusOneResult
    payload: tuple[PayloadResult, ...]
    cache: CacheResult
    environment: Environment
