"""
``supaopt dev``: a local Supabase to develop against.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from supaopt.cli._console import err, out, print_json

if TYPE_CHECKING:
    from supaopt.local import LocalSupabase

app = typer.Typer(help="A local Supabase: Postgres, REST and Auth, without containers.")

StateDir = Annotated[
    Path,
    typer.Option("--state", metavar="DIR", help="Folder of the data and the logs."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]

DEFAULT_STATE = Path(".supaopt")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Status:
    running: bool
    state_dir: str
    url: str | None = None
    db_url: str | None = None
    publishable_key: str | None = None
    secret_key: str | None = None
    anon_key: str | None = None
    service_role_key: str | None = None
    jwt_secret: str | None = None
    jwks_url: str | None = None


@app.command()
def up(  # noqa: PLR0917 - typer takes options as parameters
    state: StateDir = DEFAULT_STATE,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Return at once; `supaopt dev down` ends it.")
    ] = False,
    port: Annotated[int | None, typer.Option(help="Port of the API.")] = None,
    db_port: Annotated[int | None, typer.Option(help="Port of Postgres.")] = None,
    database_url: Annotated[
        str | None,
        typer.Option(
            envvar="SUPAOPT_DATABASE_URL", help="Use this Postgres instead of starting one."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """
    Start the stack and keep it until Ctrl-C, or find the one that runs already.
    """
    from supaopt.local import LocalSupabase

    stack = LocalSupabase(
        state,
        detached=detach,
        api_port=port,
        db_port=db_port,
        database_url=database_url,
        progress=_show_progress,
    )
    with err.status("starting the local Supabase"):
        stack.start()
    _show(_status_of(stack), as_json=as_json)
    if stack.attached:
        err.print("[dim]it was running already[/]")
    elif not detach:
        _await_interrupt(stack)
    stack.stop()


@app.command()
def down(state: StateDir = DEFAULT_STATE, as_json: Json = False) -> None:
    """
    Stop the stack, whoever started it. Its data stay.
    """
    stack = _find(state)
    if stack is not None:
        stack.shut_down()
    if as_json:
        print_json({"stopped": stack is not None, "state_dir": str(state.absolute())})
    else:
        where = escape(str(state))
        out.print(f"stopped the stack in {where}" if stack else f"no stack runs in {where}")


@app.command()
def status(state: StateDir = DEFAULT_STATE, as_json: Json = False) -> None:
    """
    Say whether the stack runs, and where. Exits with 1 when it does not.
    """
    stack = _find(state)
    if stack is None:
        found = _Status(running=False, state_dir=str(state.absolute()))
    else:
        found = _status_of(stack)
    _show(found, as_json=as_json)
    if not found.running:
        raise typer.Exit(1)


def _find(state: Path) -> LocalSupabase | None:
    from supaopt.local import LocalSupabase

    return LocalSupabase.find(state)


def _status_of(stack: LocalSupabase) -> _Status:
    return _Status(
        running=True,
        state_dir=str(stack.state_dir),
        url=stack.url,
        db_url=stack.db_url,
        publishable_key=stack.publishable_key,
        secret_key=stack.secret_key,
        anon_key=stack.anon_key,
        service_role_key=stack.service_role_key,
        jwt_secret=stack.jwt_secret,
        jwks_url=f"{stack.issuer}/.well-known/jwks.json",
    )


def _show(found: _Status, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(found))
    elif not found.running:
        out.print(f"no stack runs in {escape(found.state_dir)}")
    else:
        # Names that programs read from their environment: the lines can go into a .env file.
        for name, value in _environment(found).items():
            print(f"{name}={value}")


def _environment(found: _Status) -> dict[str, str | None]:
    return {
        "SUPABASE_URL": found.url,
        "SUPABASE_PUBLISHABLE_KEY": found.publishable_key,
        "SUPABASE_SECRET_KEY": found.secret_key,
        "SUPABASE_JWT_SECRET": found.jwt_secret,
        "DATABASE_URL": found.db_url,
    }


def _await_interrupt(stack: LocalSupabase) -> None:
    try:
        err.print("[dim]Ctrl-C stops it; its data stay[/]")
        stack.wait()
    except KeyboardInterrupt:
        err.print("[dim]stopping[/]")


def _show_progress(message: str) -> None:
    err.print(f"[dim]{escape(message)}[/]")
