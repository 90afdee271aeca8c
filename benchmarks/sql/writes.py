"""
What watching a table costs its writers, beside bare, an empty trigger, the least that can log, and
the plan's triggers.

    python benchmarks/sql/writes.py
"""

from __future__ import annotations

from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING

from _stage import arguments, interleaved, milliseconds, pgbench, show, stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from _stage import Connection, Figure

TABLE = "public.job_readiness_expert_session_progress"

_DATA = f"""
insert into public.students (id)
select ('00000000-0000-0000-0001-' || lpad(n::text, 12, '0'))::uuid
from generate_series(1, 2500) as n;
insert into public.job_readiness_expert_sessions (id)
select ('00000000-0000-0000-0003-' || lpad(n::text, 12, '0'))::uuid
from generate_series(1, 40) as n;
insert into {TABLE} (student_id, expert_session_id)
select t.id, s.id from public.students as t, public.job_readiness_expert_sessions as s;
vacuum analyze;
"""
_PEERS = """
create function public.nothing() returns trigger language plpgsql
as $$ begin return null; end $$;
create table public.only_log (
    tag bigint, xid xid8 default pg_current_xact_id(), primary key (tag, xid)
);
create function public.only_log() returns trigger language plpgsql
security definer set search_path = '' as $$ begin
    insert into public.only_log (tag)
    select t.tag
    from n cross join lateral (
        values
        (hashtextextended('expert_session_progress', 0)),
        (hashtextextended('student:' || n.student_id, 0)),
        (hashtextextended('session:' || n.expert_session_id, 0))
    ) as t (tag)
    on conflict do nothing;
    return null;
end $$;
"""
_BULK = f"""
update {TABLE} set watch_time_seconds = watch_time_seconds + 1
where student_id <= '00000000-0000-0000-0001-000000000250'
"""
_ROW = f"""
update {TABLE} set watch_time_seconds = watch_time_seconds + 1
where student_id = ('00000000-0000-0000-0001-' || lpad(:a::text, 12, '0'))::uuid
and expert_session_id = ('00000000-0000-0000-0003-' || lpad(:b::text, 12, '0'))::uuid;
"""
_DRAW = "\\set a random(1, 2500)\n\\set b random(1, 40)\n"
_ONE = _DRAW + _ROW
# Each of eight clients keeps to its own rows, so that what it waits for is never the row.
_FOUR = (
    "\\set b random(1, 40)\nbegin;\n"
    + "".join(f"\\set a :client_id * 300 + {n} * 70 + random(1, 70)\n{_ROW}" for n in range(4))
    + "commit;\n"
)


def unwatch(owner: Connection) -> None:
    """Take every trigger off the table."""
    owner.execute(f"select supaopt.unwatch_table('{TABLE}')".encode())
    owner.execute(f"drop trigger if exists nothing on {TABLE}".encode())
    owner.execute(
        f"drop trigger if exists plan_expert_session_progress_cache_trigger on {TABLE}".encode()
    )


def bare(_: Connection) -> None:
    """No trigger."""


def empty(owner: Connection) -> None:
    """A statement trigger with transition tables that returns at once."""
    trigger(owner, "nothing")


def only_log(owner: Connection) -> None:
    """The least that logs the same tags, whatever was written."""
    trigger(owner, "only_log")


def trigger(owner: Connection, function: str) -> None:
    """Put one statement trigger on the table."""
    owner.execute(
        f"create trigger nothing after update on {TABLE} referencing old table as o"
        f" new table as n for each statement execute function public.{function}()".encode()
    )


def plan(owner: Connection) -> None:
    """The plan's row triggers, with an empty cache."""
    owner.execute(
        f"create trigger plan_expert_session_progress_cache_trigger after update on {TABLE}"
        " for each row execute function public.plan_trigger_cache_invalidation()".encode()
    )


def ours(owner: Connection) -> None:
    """Our triggers, with the tags of the bundled example."""
    owner.execute(
        f"select supaopt.watch_table('{TABLE}', array['expert_session_progress',"
        " 'student:{student_id}', 'session:{expert_session_id}'])".encode()
    )


def main() -> None:
    """Measure and print."""
    options = arguments(__doc__)
    variants = {
        "bare": bare,
        "a trigger that does nothing": empty,
        "a trigger that only logs": only_log,
        "the plan": plan,
        "ours": ours,
    }
    with stage() as (stack, owner):
        owner.execute((files("supaopt.demo") / "plan_cache.sql").read_bytes())
        unwatch(owner)
        for statement in _DATA.split(";\n"):
            owner.execute(statement.encode())
        owner.execute(_PEERS.encode())

        def measure(prepare: Callable[[Connection], None], load: Callable[[], float]) -> float:
            unwatch(owner)
            owner.execute("truncate supaopt.log, public.only_log")
            owner.execute(f"vacuum {TABLE}".encode())
            prepare(owner)
            return load()

        def tps(script: str) -> float:
            return pgbench(stack.db_url, script, clients=8, seconds=options.seconds)

        loads = {
            "update, ms": lambda: milliseconds(lambda: owner.execute(_BULK)),
            "autocommit, tps": partial(tps, _ONE),
            "4 statements, tps": partial(tps, _FOUR),
        }
        taken = {
            load: interleaved(
                {name: partial(measure, prepare, run) for name, prepare in variants.items()},
                options.rounds,
            )
            for load, run in loads.items()
        }
    figures: list[Figure] = []
    for name in variants:
        line: Figure = {"what": name}
        for load, values in taken.items():
            line[load] = values[name]
            line[f"x bare ({load.partition(',')[0]})"] = values[name] / values["bare"]
        figures.append(line)
    show(
        "A watched table of 100,000 rows: an update of 10,000 rows, and 8 writers",
        figures,
        options.json,
    )


if __name__ == "__main__":
    main()
