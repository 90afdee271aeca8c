"""
What clean-up costs writers and readers while it runs.

    python benchmarks/sql/prune.py
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

import psycopg
from _stage import arguments, interleaved, milliseconds, pgbench, show, stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from _stage import Connection, Figure

_DATA = """
insert into public.students (id)
select ('00000000-0000-0000-0001-' || lpad(n::text, 12, '0'))::uuid
from generate_series(1, 1000) as n;
update supaopt.settings set max_lifetime = '1 second', log_retention = '2 seconds';
"""
# A writer of a watched table and a reader of the cache, as one client does both.
_WORK = """
\\set n random(1, 200)
update public.students set star_rating = :n
where id = ('00000000-0000-0000-0001-' || lpad(:n::text, 12, '0'))::uuid;
select public.get_cached_data('key ' || :n);
select public.get_cached_data('key ' || (:n + 1));
"""
_STORE = """
select public.set_cached_data('key ' || %s, '{}', '1 second', array['student:' || %s], %s)
"""


def fill(owner: Connection) -> None:
    """Store two hundred short-lived entries, each in a transaction of its own as the SDK does."""
    row = owner.execute("select public.get_cache_entry('none') ->> 'lease'").fetchone()
    for number in range(200):
        owner.execute(_STORE, [number, number, row and row[0]])


def pruning(url: str, load: Callable[[], float], taken: list[float]) -> float:
    """Run *load* while clean-up runs again and again, and note how long each takes."""
    stop = threading.Event()

    def prune() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not stop.wait(0.2):
                fill(connection)
                taken.append(
                    milliseconds(
                        lambda: connection.execute("select public.cleanup_expired_cache()")
                    )
                )

    thread = threading.Thread(target=prune)
    thread.start()
    try:
        return load()
    finally:
        stop.set()
        thread.join()


def filling(url: str, load: Callable[[], float]) -> float:
    """Run *load* while entries are stored as often, and never cleaned up."""
    stop = threading.Event()

    def store() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not stop.wait(0.2):
                fill(connection)

    thread = threading.Thread(target=store)
    thread.start()
    try:
        return load()
    finally:
        stop.set()
        thread.join()


def main() -> None:
    """Measure and print."""
    options = arguments(__doc__)
    taken: list[float] = []
    with stage() as (stack, owner):
        owner.execute(_DATA.encode())
        load = partial(pgbench, stack.db_url, _WORK, clients=4, seconds=options.seconds)
        tps = interleaved(
            {
                "4 clients, stores alone": partial(filling, stack.db_url, load),
                "4 clients, stores and clean-up": partial(pruning, stack.db_url, load, taken),
            },
            options.rounds,
        )
    bare = next(iter(tps.values()))
    figures: list[Figure] = [
        {"what": what, "tps or ms": value, "x bare": value / bare} for what, value in tps.items()
    ]
    taken.sort()
    figures += [
        {"what": f"clean-up, {what}, ms", "tps or ms": value, "x bare": ""}
        for what, value in {"median": taken[len(taken) // 2], "longest": taken[-1]}.items()
    ]
    show("Clean-up under load", figures, options.json)


if __name__ == "__main__":
    main()
