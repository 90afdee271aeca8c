"""
The checks: each a small function from facts to findings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from supaopt.doctor._checks import access, cache, functions, keys, policies, speed, versions
from supaopt.doctor._model import LEVELS, Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from supaopt.doctor._facts import Facts

CHECKS: Final[tuple[Callable[[Facts], Iterator[Finding]], ...]] = (
    access.tables_without_rls,
    access.tables_without_policy,
    access.views_with_owner_rights,
    access.relations_without_rls,
    functions.definer_functions,
    functions.mutable_search_paths,
    functions.access_token_hook,
    policies.calls_per_row,
    policies.functions_per_row,
    policies.columns_without_index,
    policies.always_true,
    policies.user_metadata,
    speed.foreign_keys,
    speed.costly_stars,
    speed.repeated_reads,
    cache.exposed_schema,
    cache.problems,
    cache.files,
    cache.clean_up,
    cache.clean_up_jobs,
    cache.sizes,
    keys.unsafe_url,
    keys.api_key,
    keys.key_failure,
    keys.legacy_secret,
    keys.odd_keys,
    keys.clock_skew,
    versions.postgres,
    versions.client,
)


def judge(facts: Facts) -> tuple[Finding, ...]:
    """
    Return what every check finds, worst first, then by code and object.
    """
    found = {finding for check in CHECKS for finding in check(facts)}
    return tuple(sorted(found, key=lambda f: (LEVELS.index(f.level), f.code, f.object, f.detail)))
