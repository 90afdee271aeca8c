"""
Typed rows beside supabase-py's untyped ones: 1,000 students from a server without latency.

Run: ``python benchmarks/selectors/typed_rows.py``. The server is a process of its own and answers
from memory; the three ways take turns in an order that changes, so that a noisy machine is noisy
for all of them.

It is measured with Python's garbage collector as programs run, and without it, as ``timeit`` does.
A row of these is five objects that the collector looks through - the row, its dict, the set of
its fields, two UUIDs - and a dictionary of texts is one that it leaves out. So its share is the
price of typed rows and not of reading them: 0.4 ms for looking once through 1,000 rows, and 0.2 ms
for a hundredth of a look through the whole heap, beside 1.4 ms for reading them. Reading pauses it,
or it would look eight times as often. What would lower the rest, such as ``gc.freeze``, is wrong
for other threads, whose garbage would stay for good.
"""

from __future__ import annotations

import gc
import http.server
import json
import random
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
UNTYPED = "supabase-py, untyped"
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

    def typed() -> Any:
        return select(client, selector, row_cap=None).eq("is_active", True).execute().data  # noqa: FBT003 - a value

    return {
        UNTYPED: untyped,
        "supabase-py, then validated": lambda: rows.validate_python(untyped()),
        "supaopt, typed": typed,
    }


def measure(
    calls: dict[str, Callable[[], Any]], *, collecting: bool
) -> dict[str, tuple[float, float]]:
    """
    Return the milliseconds until the rows are there: the median by the clock, and the mean of the
    process's own.

    Collecting garbage comes now and then, which only a mean shows; other programs take time too,
    which only the clock shows.
    """
    walls: dict[str, list[float]] = {name: [] for name in calls}
    own = dict.fromkeys(calls, 0.0)
    for turn in range(ROUNDS + WARM_UP):
        for name in random.sample(list(calls), len(calls)):
            if not collecting:
                gc.collect(0)
            started, used = time.perf_counter(), time.process_time()
            rows = calls[name]()
            walled, owned = time.perf_counter() - started, time.process_time() - used
            del rows  # on nobody's account
            if turn >= WARM_UP:
                own[name] += owned / ROUNDS * 1e3
                walls[name].append(walled * 1e3)
    return {name: (statistics.median(walls[name]), own[name]) for name in calls}


def tell(results: dict[str, tuple[float, float]]) -> None:
    """Print one line per way, and whether ours keeps its limit."""
    wall, own = results[UNTYPED]
    for name, (walled, owned) in results.items():
        print(
            f"{name:28} {walled:6.2f} ms {walled / wall:5.2f} x"
            f"   processor {owned:5.2f} ms {owned / own:5.2f} x"
        )
    ratio = results["supaopt, typed"][0] / wall
    print(f"limit {LIMIT} x: {'kept' if ratio <= LIMIT else 'missed'}")


def main() -> None:
    """Measure with and without the collector."""
    server = subprocess.Popen(
        [sys.executable, __file__, "serve"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        calls = ways(f"http://127.0.0.1:{int(server.stdout.readline())}")
        print("with the garbage collector")
        tell(measure(calls, collecting=True))
        print("without it")
        gc.disable()
        tell(measure(calls, collecting=False))
    finally:
        server.kill()


if __name__ == "__main__":
    serve() if sys.argv[1:] == ["serve"] else main()
