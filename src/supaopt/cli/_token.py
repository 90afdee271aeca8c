"""
``supaopt token``: what is in an access token, and whether a project accepts it.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from supaopt.auth import Claims, SupabaseAuth, read_unverified
from supaopt.cli._console import harmless, out, print_json
from supaopt.errors import AuthError, ConfigError

if TYPE_CHECKING:
    from supaopt.auth import UnverifiedToken

app = typer.Typer(
    name="token", help="Access tokens: what is in them, and who believes it.", no_args_is_help=True
)

_TIMES = frozenset({"exp", "iat", "nbf"})


@dataclass(frozen=True, slots=True)
class _Verdict:
    accepted: bool
    code: str
    reason: str


@app.command("inspect")
def inspect_token(
    token: Annotated[
        str,
        typer.Argument(help="The token, or - to read it from stdin, where no history keeps it."),
    ] = "-",  # noqa: S107 - the usual name of stdin
    model: Annotated[
        str, typer.Option("--claims", help="Claims model, as module:Class.")
    ] = "supaopt.auth.lms:CustomJWTClaims",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """
    Show header and claims, never the signature, and say whether the project accepts the token.

    The project is the one of SUPABASE_URL; without it nothing is verified. Exits with 1 when the
    token is refused.
    """
    if token == "-":  # noqa: S105 - the usual name of stdin
        token = sys.stdin.read().strip()
    found = read_unverified(token)
    verdict = _judge(token, model) if os.environ.get("SUPABASE_URL") else None
    if json:
        print_json(_as_json(found, verdict))
    else:
        _print(found, verdict)
    if verdict is not None and not verdict.accepted:
        raise typer.Exit(1)


@app.callback()
def _group() -> None:
    # Keeps `inspect` a subcommand while it is the only one.
    pass


def _judge(token: str, model: str) -> _Verdict:
    with SupabaseAuth.from_env(claims=_claims(model)) as auth:
        try:
            caller = auth.authenticate(token)
        except AuthError as error:
            return _Verdict(accepted=False, code=error.code, reason=str(error))
    return _Verdict(accepted=True, code="ok", reason=f"accepted as user {caller.user.id}")


def _claims(name: str) -> type[Claims]:
    module, _, attribute = name.partition(":")
    try:
        model = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError):
        model = None
    if not isinstance(model, type) or not issubclass(model, Claims):
        raise ConfigError(f"--claims {name!r} is no claims model; say module:Class")
    return model


def _as_json(found: UnverifiedToken, verdict: _Verdict | None) -> dict[str, Any]:
    judged = None
    if verdict is not None:
        judged = {"accepted": verdict.accepted, "code": verdict.code, "reason": verdict.reason}
    return {"alg": found.alg, "kid": found.kid, "claims": found.claims, "verdict": judged}


def _print(found: UnverifiedToken, verdict: _Verdict | None) -> None:
    key = "(none named)" if found.kid is None else found.kid
    table = Table("claim", "value", title=harmless(f"{found.alg}, key {key}"))
    for name, value in found.claims.items():
        table.add_row(harmless(name), harmless(_readable(name, value)))
    out.print(table)
    if verdict is None:
        out.print("[yellow]Not verified:[/] set SUPABASE_URL and SUPABASE_PUBLISHABLE_KEY.")
    elif verdict.accepted:
        out.print(f"[green]Good:[/] {escape(verdict.reason)}.", highlight=False)
    else:
        out.print(
            f"[red]Refused[/] ({escape(verdict.code)}): {escape(verdict.reason)}.", highlight=False
        )


def _readable(name: str, value: object) -> str:
    if name in _TIMES and type(value) is int and 0 < value < 253_402_300_800:
        return f"{value} ({datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M:%S} UTC)"
    return str(value)
