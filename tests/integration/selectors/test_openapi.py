"""
The example's schema through a server that writes PostgREST's document of it, from the command line.

The local API serves no such document, so this one is written from the live catalogue by the rules
of PostgREST's own source.
"""

from __future__ import annotations

import http.server
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from supaopt.cli._app import app
from supaopt.errors import ConfigError
from supaopt.rpc import FunctionCatalog
from supaopt.selectors import Catalog, CatalogColumn, CatalogTable

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "sb_secret_for_this_server_alone"


def definition(table: CatalogTable, keys: dict[tuple[str, str], tuple[str, str]]) -> Any:
    """Return a table as PostgREST defines it."""
    return {
        "required": [column.name for column in table.columns if column.not_null],
        "properties": {column.name: described(table, column, keys) for column in table.columns},
        "type": "object",
    }


def described(
    table: CatalogTable, column: CatalogColumn, keys: dict[tuple[str, str], tuple[str, str]]
) -> Any:
    """Return a column as PostgREST describes it."""
    notes = ["Note:"]
    if column.name in table.primary_key:
        notes.append("This is a Primary Key.<pk/>")
    if target := keys.get((table.name, column.name)):
        notes.append(
            "This is a Foreign Key to `{0}.{1}`.<fk table='{0}' column='{1}'/>".format(*target)
        )
    told: dict[str, Any] = {"format": column.sql_type, "type": "string"}
    if len(notes) > 1:
        told["description"] = "\n".join(notes)
    if column.labels:
        told["enum"] = column.labels
    return told


def document(db_url: str) -> bytes:
    """Return the whole document."""
    catalog, functions = Catalog.read(db_url), FunctionCatalog.read(db_url)
    keys = {
        (key.table, key.columns[0]): (key.target_table, "id")
        for key in catalog.keys
        if len(key.columns) == 1
    }
    paths: dict[str, Any] = {f"/{table.name}": {"get": {}} for table in catalog.tables}
    for each in functions.functions:
        body = {
            "type": "object",
            "properties": {arg.name: {"format": arg.type} for arg in each.arguments},
            "required": [arg.name for arg in each.arguments if not arg.has_default],
        }
        post = {"parameters": [{"in": "body", "name": "args", "schema": body}]}
        reads = {} if each.volatility == "volatile" else {"get": {}}
        paths[f"/rpc/{each.name}"] = {"post": post, **reads}
    tables = {table.name: definition(table, keys) for table in catalog.tables}
    return json.dumps({"swagger": "2.0", "definitions": tables, "paths": paths}).encode()


@pytest.fixture(name="api_url", scope="module")
def _api_url(untouched_stack: Any) -> Iterator[str]:
    """A server that shows the document to one key."""
    content = document(untouched_stack.db_url)

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            allowed = self.path == "/rest/v1/" and self.headers["apikey"] == KEY
            body = content if allowed else b'{"message": "no", "code": "PGRST301"}'
            self.send_response(200 if allowed else 401)
            self.send_header("content-type", "application/openapi+json; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def run(*arguments: str, **environment: str) -> Any:
    """Run the command line with nothing but *environment*."""
    names = ("SUPABASE_DB_URL", "DATABASE_URL", "SUPABASE_URL", "SUPABASE_SECRET_KEY")
    return CliRunner(env=dict.fromkeys(names) | environment).invoke(app, arguments)


def test_the_examples_sets_and_functions_fit_what_the_api_tells(api_url: str) -> None:
    """Both checks pass with a URL and a key, and say what they could not compare."""
    access = ("--api-url", api_url, "--key", KEY)
    rows = run("selectors", "check", "supaopt.selectors.lms", *access)
    assert 0 == rows.exit_code, rows.output
    assert "column sets fit the database" in rows.stdout
    assert "what depends on them was not compared" in " ".join(rows.stderr.split())
    functions = run("rpc", "check", "supaopt.rpc", *access)
    assert 0 == functions.exit_code, functions.output


def test_the_environment_names_the_api(api_url: str) -> None:
    """SUPABASE_URL and the secret key are enough, and a snapshot of them is partial."""
    told = run("selectors", "snapshot", SUPABASE_URL=api_url, SUPABASE_SECRET_KEY=KEY)
    assert json.loads(told.stdout)["is_partial"] is True


def test_an_option_beats_the_environment(api_url: str) -> None:
    """A database URL that is always set does not hide --api-url."""
    told = run(
        *("selectors", "check", "supaopt.selectors.lms", "--api-url", api_url, "--key", KEY),
        DATABASE_URL="postgresql://nobody@127.0.0.1:1/none",
    )
    assert 0 == told.exit_code, told.output


def test_an_api_without_its_key_is_refused(api_url: str) -> None:
    """The error names the option, and never the key that was wrong."""
    told = run("selectors", "check", "supaopt.selectors.lms", "--api-url", api_url)
    assert isinstance(told.exception, ConfigError)
    assert "--key" in str(told.exception)
    wrong = run("selectors", "check", "supaopt.selectors.lms", "--api-url", api_url, "--key", "xx")
    assert "xx" not in str(wrong.exception)


def test_the_local_api_shows_nothing(untouched_stack: Any) -> None:
    """An API without a document is told, not taken for one without tables."""
    access = ("--api-url", untouched_stack.url, "--key", untouched_stack.secret_key)
    told = run("selectors", "check", "supaopt.selectors.lms", *access)
    assert isinstance(told.exception, ConfigError)
    assert "openapi-mode" in str(told.exception)
