"""
An SQL function or view as text to compare: as its file makes it, and as a database holds it.

A body alone would not do: who widens a grant, or lets a function run with its owner's rights,
changes no line of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

    from supaopt.sql import Asset

_FUNCTION = re.compile(r"^language \w+\n(.*?)^as (\$\w*\$)(.*?)\2", re.MULTILINE | re.DOTALL)
_GRANT = re.compile(r"^grant (?:execute|select) on [^;]*?\bto ([\w, ]+);", re.MULTILINE)

_FUNCTIONS = """
select
    format('%s.%s', n.nspname, f.proname),
    case f.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
    case when f.prosecdef then 'security definer' else 'security invoker' end,
    coalesce(array_to_string(f.proconfig, ', '), ''),
    array(
        select coalesce(r.rolname, 'public')
        from aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) as a
        left join pg_catalog.pg_roles as r on r.oid = a.grantee
        where a.grantee <> f.proowner
    ),
    f.prosrc
from pg_catalog.pg_proc as f
join pg_catalog.pg_namespace as n on n.oid = f.pronamespace
where n.nspname in ('public', 'supaopt')
"""
_VIEWS = """
select
    format('%s.%s', n.nspname, v.relname),
    coalesce(array_to_string(v.reloptions, ', '), ''),
    array(
        select distinct coalesce(r.rolname, 'public')
        from aclexplode(v.relacl) as a
        left join pg_catalog.pg_roles as r on r.oid = a.grantee
        where a.grantee <> v.relowner
    )
from pg_catalog.pg_class as v
join pg_catalog.pg_namespace as n on n.oid = v.relnamespace
where v.relkind = 'v' and n.nspname in ('public', 'supaopt')
"""


def expected(asset: Asset) -> str | None:
    """
    Return what the file of a function or view makes; None for a migration.
    """
    if asset.kind == "migration":
        return None
    roles = [role for names in _GRANT.findall(asset.sql) for role in names.split(", ")]
    if asset.kind == "view":
        return _view("security_invoker=true", roles)
    ((head, _, body),) = _FUNCTION.findall(asset.sql)
    volatility, *options = [line for line in head.splitlines() if not line.startswith("--")]
    settings = [option[4:].replace(" = ", "=") for option in options if option.startswith("set ")]
    return _function(
        volatility,
        "security definer" if "security definer" in options else "security invoker",
        ", ".join(settings).replace("''", '""'),
        roles,
        body,
    )


def read(connection: psycopg.Connection[tuple[Any, ...]]) -> dict[str, set[str]]:
    """
    Return what a database holds: for each name the functions, or the view, that have it.
    """
    found: dict[str, set[str]] = {}
    for name, *parts in connection.execute(_FUNCTIONS):
        found.setdefault(name, set()).add(_function(*parts))
    for name, *parts in connection.execute(_VIEWS):
        found.setdefault(name, set()).add(_view(*parts))
    return found


def _function(volatility: str, rights: str, settings: str, roles: list[str], body: str) -> str:
    return f"{volatility}\n{rights}\nset {settings}\n{_allowed(roles)}{body}"


def _view(options: str, roles: list[str]) -> str:
    return f"with {options}\n{_allowed(roles)}\n"


def _allowed(roles: list[str]) -> str:
    return f"granted to {', '.join(sorted(roles)) or 'nobody'}"
