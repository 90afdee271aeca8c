"""
A result as a run of the demo leaves it, with figures that are easy to recognise.
"""

from __future__ import annotations

import pytest

from supaopt.demo import (
    AuthResult,
    CacheResult,
    DemoResult,
    Environment,
    NPlusOneResult,
    PayloadResult,
)


def _payload(entity: str, selector: str, kept: int) -> PayloadResult:
    return PayloadResult(
        entity=entity,
        selector=selector,
        table=f"{entity.lower()}s",
        rows=500,
        star_bytes=1_000_000,
        bytes=kept * 10_000,
        saved_percent=100.0 - kept,
        star_gzip_bytes=200_000,
        gzip_bytes=kept * 2_000,
        saved_gzip_percent=100.0 - kept,
        saves_nothing=kept > 99,
    )


@pytest.fixture(name="result")
def _result() -> DemoResult:
    return DemoResult(
        auth=AuthResult(
            calls_before=2,
            calls_after=0,
            key_fetches=1,
            before_ms=14.2,
            after_us=8.7,
            first_us=141.0,
            runs_before=50,
            runs_after=1000,
            algorithm="HS256",
        ),
        n_plus_one=NPlusOneResult(
            sessions=20,
            calls_before=21,
            calls_after=1,
            bytes_before=980_000,
            bytes_after=14_500,
            before_ms=212.5,
            concurrent_ms=131.0,
            after_ms=9.4,
            equal=True,
            runs=5,
        ),
        payload=(
            _payload("STUDENT", "LIST", 45),
            _payload("LESSON", "PROGRESS", 3),
            _payload("MODULE", "ADMIN", 100),
        ),
        cache=CacheResult(
            uncached_ms=12.9,
            plan_miss_ms=28.0,
            plan_hit_ms=6.9,
            miss_ms=27.0,
            hit_ms=6.1,
            function_hit_ms=5.4,
            near_hit_ms=0.35,
            runs=30,
            reads=1200,
            hits=610,
            stale_ours=0,
            reads_plan=1201,
            hits_plan=702,
            stale_plan=73,
            writes=1411,
            writes_plan=1290,
            rolled_back=800,
            raced_keys=10,
            still_wrong_ours=0,
            still_wrong_plan=4,
        ),
        environment=Environment(
            supaopt="0.1.0",
            supabase="2.34.1",
            python="3.11.7",
            postgres="17.10",
            system="Linux x86_64",
            cpus=2,
            seed=7,
            size="standard",
            rows={"students": 4000, "lessons": 1200},
            seconds=92.4,
        ),
    )
