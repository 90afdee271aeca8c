"""
What row-level-security policies cost, and what they let through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from supaopt.doctor import _expression
from supaopt.doctor._model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.doctor._facts import Facts, Policy

# Below it a scan of the whole table costs no more than an index.
_MANY_ROWS = 1_000
_API_ROLES = frozenset({"anon", "authenticated", "public"})


def calls_per_row(facts: Facts) -> Iterator[Finding]:
    """
    Find policies that ask who is calling once a row, where once a statement would do.
    """
    for policy in _in_force(facts):
        calls = _expression.calls_per_row(f"({policy.using}) ({policy.check})", policy.alias)
        if calls:
            once = " and ".join(f"(select {call})" for call in calls)
            yield Finding(
                "auth_rls_initplan",
                "warning",
                "A policy asks who is calling for each row",
                _where(policy),
                f"{' and '.join(calls)} is evaluated again for every row that is looked at",
                _rewritten(policy)
                or f"alter policy {policy.name} on {policy.table} and write {once} instead",
            )


def functions_per_row(facts: Facts) -> Iterator[Finding]:
    """
    Find policies that call a function with the same arguments for every row.
    """
    for policy in _in_force(facts):
        names = _expression.functions_per_row(f"({policy.using}) ({policy.check})", policy.alias)
        if names:
            yield Finding(
                "rls_function_per_row",
                "warning",
                "A policy calls a function for each row",
                _where(policy),
                f"{' and '.join(names)} is called again for every row, with the same arguments",
                _rewritten(policy)
                or f"alter policy {policy.name} on {policy.table} and put each call that looks at "
                "no row into a select of its own, such as (select private.is_admin())",
            )


def columns_without_index(facts: Facts) -> Iterator[Finding]:
    """
    Find columns by which policies look for rows, and that have every row looked at.
    """
    wanted: dict[tuple[str, str], list[Policy]] = {}
    for policy in _in_force(facts):
        # An insert looks at its own rows alone, and has no USING.
        for column in _expression.columns_asked_for(
            policy.using or "", policy.alias, policy.unindexed
        ):
            wanted.setdefault((policy.table, column), []).append(policy)
    for (table, column), asking in wanted.items():
        names = ", ".join(policy.name for policy in asking)
        yield Finding(
            "policy_column_unindexed",
            "warning" if asking[0].rows >= _MANY_ROWS else "info",
            "A policy compares a column without an index",
            f"{table} ({column})",
            f"for want of one, policy {names} has the whole table looked at "
            f"(about {asking[0].rows:,} rows)",
            f"create index concurrently on {table} ({column});",
        )


def always_true(facts: Facts) -> Iterator[Finding]:
    """
    Find policies that let anybody with the grant write any row.
    """
    for policy in _in_force(facts):
        admits_all = "true" in {policy.using, policy.check}
        if policy.permissive and policy.command != "select" and admits_all:
            yield Finding(
                "rls_policy_always_true",
                "warning",
                "A policy lets any row be written",
                _where(policy),
                f"its condition for {policy.command} is true, for {', '.join(policy.roles)}",
                f"alter policy {policy.name} on {policy.table} and compare the row's owner",
            )


def user_metadata(facts: Facts) -> Iterator[Finding]:
    """
    Find policies that believe what users say of themselves.
    """
    for policy in _in_force(facts):
        text = f"{policy.using} {policy.check}"
        if "user_metadata" in text or "raw_user_meta_data" in text:
            yield Finding(
                "rls_references_user_metadata",
                "error",
                "A policy trusts what users write themselves",
                _where(policy),
                "users change their user_metadata at will, and so what the policy grants them",
                "read app_metadata, or a claim that an access token hook sets, instead",
            )


def _in_force(facts: Facts) -> Iterator[Policy]:
    for policy in facts.policies or ():
        if policy.rls and _API_ROLES.intersection(policy.roles):
            yield policy


def _rewritten(policy: Policy) -> str | None:
    clauses = {
        keyword: _expression.with_calls_once(expression, policy.alias)
        for keyword, expression in (("using", policy.using), ("with check", policy.check))
        if expression is not None
    }
    if None in clauses.values():
        return None
    text = " ".join(f"{keyword} ({clause})" for keyword, clause in clauses.items())
    return f"alter policy {policy.name} on {policy.table} {text};"


def _where(policy: Policy) -> str:
    return f"{policy.table}, policy {policy.name}"
