"""
Typed rows beside supabase-py's untyped ones: 1,000 students from a server without latency.

Run: ``python benchmarks/selectors/typed_rows.py``. The server is a process of its own and answers
from memory; the three ways take turns, so that a noisy machine is noisy for all of them.
"""

from __future__ import annotations

import http.server
import json
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import TypeAdapter
from supabase import create_client

from supaopt.selectors import SELECTORS, select
from supaopt.selectors.lms import StudentList

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 1_000
ROUNDS = 150
WARM_UP = 10
LIMIT = 1.25


def body() -> bytes:
    """Return 1,000 rows of STUDENT.LIST as PostgREST writes them."""
    rows = [
        {
            "id": str(UUID(int=number, version=4)),
            "full_name": f"Student Number {number}",
            "email": f"student{number}@example-college.edu",
            "client_id": str(UUID(int=number % 40, version=4)),
            "is_active": True,
            "last_login_at": "2026-01-02T03:04:05.678901+00:00",
            "created_at": "2025-11-12T13:14:15.161718+00:00",
        }
        for number in range(ROWS)
    ]
    return json.dumps(rows, separators=(",", ":")).encode()


class Answer(http.server.BaseHTTPRequestHandler):
    """The same bytes to every request, from memory."""

    protocol_version = "HTTP/1.1"
    content = b""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.send_header("content-type", "application/json; charset=utf-8")
        self.send_header("content-length", str(len(self.content)))
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - likewise
        """Say nothing."""


def serve() -> None:
    """Serve on a free port, which is printed."""
    Answer.content = body()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


def ways(url: str) -> dict[str, Callable[[], Any]]:
    """Return the ways to get the rows, by name."""
    client = create_client(url, "sb_publishable_x")
    selector = SELECTORS.STUDENT.LIST
    rows = TypeAdapter(list[StudentList])

    def untyped() -> Any:
        return client.table("students").select(selector).eq("is_active", value=True).execute().data

    return {
        "supabase-py, untyped": untyped,
        "supabase-py, then validated": lambda: rows.validate_python(untyped()),
        "supaopt, typed": lambda: select(client, selector).eq("is_active", True).execute().data,  # noqa: FBT003
    }


def measure(calls: dict[str, Callable[[], Any]]) -> dict[str, tuple[float, float]]:
    """
    Return the milliseconds of each call: the median of the clock's, the mean of the process's own.

    Collecting garbage comes now and then, which only a mean shows; other programs take time too,
    which only the clock shows.
    """
    walls: dict[str, list[float]] = {name: [] for name in calls}
    own = dict.fromkeys(calls, 0.0)
    for turn in range(ROUNDS + WARM_UP):
        for name, call in calls.items():
            started, used = time.perf_counter(), time.process_time()
            call()
            if turn >= WARM_UP:
                own[name] += (time.process_time() - used) / ROUNDS * 1e3
                walls[name].append((time.perf_counter() - started) * 1e3)
    return {name: (statistics.median(walls[name]), own[name]) for name in calls}


def main() -> None:
    """Print one line per way, and whether ours keeps its limit."""
    server = subprocess.Popen(
        [sys.executable, __file__, "serve"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        results = measure(ways(f"http://127.0.0.1:{port}"))
    finally:
        server.kill()
    wall, own = results["supabase-py, untyped"]
    for name, (walled, owned) in results.items():
        print(
            f"{name:28} {walled:6.2f} ms {walled / wall:5.2f} x"
            f"   processor {owned:5.2f} ms {owned / own:5.2f} x"
        )
    ratio = results["supaopt, typed"][0] / wall
    print(f"limit {LIMIT} x: {'kept' if ratio <= LIMIT else 'missed'}")


if __name__ == "__main__":
    serve() if sys.argv[1:] == ["serve"] else main()
