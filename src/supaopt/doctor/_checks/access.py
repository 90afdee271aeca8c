"""
Who reaches which table or view through the API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from supaopt.doctor._model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.doctor._facts import Facts, Relation


def tables_without_rls(facts: Facts) -> Iterator[Finding]:
    """
    Find tables whose every row anybody with a grant reads or writes.
    """
    for table in facts.relations or ():
        roles = _reached_by(table)
        if table.kind not in "rp" or table.rls or not roles:
            continue
        if table.policies:
            yield Finding(
                "policy_exists_rls_disabled",
                "error",
                "Policies are not in force",
                table.name,
                f"it has {table.policies} policies, but row level security is off: "
                f"{roles} reach every row",
                f"alter table {table.name} enable row level security;",
            )
        else:
            yield Finding(
                "rls_disabled_in_public",
                "error",
                "Row level security is off",
                table.name,
                f"{roles} reach every row through the API",
                f"alter table {table.name} enable row level security; "
                "then create a policy for each thing that somebody may do",
            )


def tables_without_policy(facts: Facts) -> Iterator[Finding]:
    """
    Find tables that nobody but the server side sees a row of.
    """
    for table in facts.relations or ():
        if table.kind in "rp" and table.rls and not table.policies and _reached_by(table):
            yield Finding(
                "rls_enabled_no_policy",
                "info",
                "No policy lets anybody see a row",
                table.name,
                "row level security is on and there is no policy: API roles get no rows, no error",
                f"revoke all on {table.name} from anon, authenticated; if that is meant, "
                "else create a policy for each thing that somebody may do",
            )


def views_with_owner_rights(facts: Facts) -> Iterator[Finding]:
    """
    Find views that show what their owner sees.
    """
    for view in facts.relations or ():
        roles = _reached_by(view)
        if view.kind not in "vm" or not roles or view.security_invoker:
            continue
        if view.reads_auth_users:
            yield Finding(
                "auth_users_exposed",
                "error",
                "A view shows auth.users",
                view.name,
                f"{roles} read users' addresses and sign-ins through it",
                f"revoke all on {view.name} from anon, authenticated;",
            )
        elif view.kind == "v":
            yield Finding(
                "security_definer_view",
                "error",
                "A view passes by row level security",
                view.name,
                f"it reads its tables with its owner's rights, and {roles} may use it",
                f"alter view {view.name} set (security_invoker = true);",
            )


def relations_without_rls(facts: Facts) -> Iterator[Finding]:
    """
    Find what row level security does not exist for, and who reads it all the same.
    """
    kinds = {
        "m": ("materialized_view_in_api", "A materialized view is readable through the API"),
        "f": ("foreign_table_in_api", "A foreign table is reachable through the API"),
    }
    for relation in facts.relations or ():
        roles = _reached_by(relation)
        if relation.kind not in kinds or not roles or relation.reads_auth_users:
            continue
        code, title = kinds[relation.kind]
        yield Finding(
            code,
            "warning",
            title,
            relation.name,
            f"row level security does not apply to it, and {roles} reach all of it",
            f"revoke all on {relation.name} from anon, authenticated;",
        )


def _reached_by(relation: Relation) -> str:
    return " and ".join(sorted({*relation.readers, *relation.writers}))
