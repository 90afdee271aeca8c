"""
Supabase's own advisors and linter find nothing in what we install.
"""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Advise = Callable[..., dict[str, Any]]

# A database that has served no query has used no index.
_EXPECTED = {"unused_index"}


@pytest.fixture(name="ask")
def _ask(supabase_cli: str, tmp_path: Path) -> Advise:
    """
    A function that runs ``supabase db`` on a database and returns its JSON.
    """

    def ask(*arguments: str, url: str) -> dict[str, Any]:
        finished = subprocess.run(
            [
                *(supabase_cli, "db", *arguments, "--remote", f"{url}?sslmode=disable"),
                *("--output-format", "json", "--agent", "no"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        answer: dict[str, Any] = json.loads(finished.stdout)
        return answer

    return ask


def _findings(answer: dict[str, Any]) -> list[str]:
    return sorted(
        f"{row['name']}: {row['detail']}"
        for row in answer["results"]
        if row["name"] not in _EXPECTED
    )


def test_the_advisors_have_no_finding(every_cluster: Any, ask: Advise) -> None:
    """Security and performance advisors, down to level info, name no object of ours."""
    with every_cluster.database("lms") as name:
        answer = ask("advisors", "--type", "all", "--level", "info", url=every_cluster.url(name))
    assert [] == _findings(answer)


def test_the_advisors_see_a_fault(cluster: Any, ask: Advise) -> None:
    """The same call reports a table without row-level security: the check above can fail."""
    with cluster.database("core") as name:
        with cluster.connect(name) as owner:
            owner.execute("create table public.open (id bigint primary key)")
        answer = ask("advisors", "--type", "all", "--level", "info", url=cluster.url(name))
    assert any(finding.startswith("rls_disabled_in_public") for finding in _findings(answer))


# A day of a platform of 20,000 students, each statement in a transaction of its own.
_ROWS = """
insert into public.clients (id, name)
select format('00000000-0000-0000-0000-%s', lpad(n::text, 12, '0'))::uuid, n
from generate_series(1, 200) as n;
insert into public.products (id, name) select id, name from public.clients limit 20;
insert into public.client_product_assignments
select c.id, p.id from public.clients as c, public.products as p;
insert into public.modules (id, product_id) select id, id from public.products;
insert into public.students (id, client_id, created_at)
select
    format('00000000-0000-0000-0001-%s', lpad(n::text, 12, '0'))::uuid,
    format('00000000-0000-0000-0000-%s', lpad((n % 200 + 1)::text, 12, '0'))::uuid,
    timestamptz '2026-01-01' + n * interval '1 minute'
from generate_series(1, 20000) as n;
insert into public.student_module_progress (student_id, module_id)
select s.id, m.id from public.students as s, public.modules as m
where m.id < '00000000-0000-0000-0000-000000000004';
insert into public.job_readiness_submissions (student_id, module_id, submitted_at)
select g.student_id, g.module_id, now() from public.student_module_progress as g;
vacuum analyze
"""
_STORES = """
select public.set_cached_data('untagged ' || n, '1', '1 hour') from generate_series(1, 2000) as n;
select set_config('load.lease', public.get_cache_entry('none') ->> 'lease', false);
select public.set_cached_data(
    'tagged ' || n, '1', '1 hour', array['student:' || n], current_setting('load.lease')
)
from generate_series(1, 2000) as n;
vacuum analyze
"""
_CALLS = """
select public.get_cached_data('tagged 7');
select public.get_cache_entry('tagged 8');
select public.record_cache_hits('{"tagged 8": 1}');
select public.get_cache_metrics();
select public.get_cache_changes(public.get_cache_changes() ->> 'watermark');
update public.students set is_active = false where id = '00000000-0000-0000-0001-000000000007';
select public.invalidate_cache_by_tags(array['student:9']);
select public.get_learners_with_progress();
select public.get_learners_with_progress('00000000-0000-0000-0000-000000000007');
select public.get_submissions_with_details();
select public.get_student_progress_summary_cached('00000000-0000-0000-0001-000000000007');
select public.get_product_performance_cached('00000000-0000-0000-0000-000000000007');
select public.get_expert_sessions_with_stats_cached();
select public.get_cached_analytics_data();
select public.custom_access_token_hook('{"user_id": "00000000-0000-0000-0001-000000000007"}');
update supaopt.entries set expires_at = now() where key = 'untagged 7';
select public.cleanup_expired_cache();
select pg_stat_force_next_flush()
"""


def test_no_index_of_ours_is_unused_after_a_load(cluster: Any, ask: Advise) -> None:
    """Look-ups, stores, clean-up and the platform's functions use every index we install."""
    with cluster.database("lms") as name:
        with cluster.connect(name) as owner:
            for statement in f"{_ROWS};\n{_STORES};\n{_CALLS}".split(";\n"):
                owner.execute(statement.encode())
        answer = ask("advisors", "--type", "all", "--level", "info", url=cluster.url(name))
    unused = [row["detail"] for row in answer["results"] if row["name"] == "unused_index"]
    # The platform's own tables have indexes for deletes, which nobody has made.
    assert [] == [detail for detail in unused if "supaopt" in detail]
    assert unused


def test_the_linter_has_no_finding(cluster_15: Any, ask: Advise) -> None:
    """``supabase db lint``, which runs plpgsql_check, reports no warning."""
    with cluster_15.database("lms") as name:
        with cluster_15.connect(name, "supabase_admin") as admin:
            if not admin.execute(
                "select from pg_available_extensions where name = 'plpgsql_check'"
            ).fetchall():
                pytest.skip("plpgsql_check is missing: apt-get install postgresql-15-plpgsql-check")
            admin.execute("create extension plpgsql_check")
        answer = ask("lint", "--level", "warning", url=cluster_15.url(name))
    assert [] == answer["results"]
