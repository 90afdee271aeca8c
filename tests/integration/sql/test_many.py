"""
Many entries at once are what each would be by itself, whatever is written meanwhile.
"""

from __future__ import annotations

import json
import random
import threading
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    from conftest import Database

    One = Any
    Connection = psycopg.Connection[Any]

LOOK_UP = "select public.get_cache_entries(%s::text[])"
STORE = "select public.set_cached_entries(%s)"
_RAISE_FLOOR = """
select supaopt.write_state(install, pg_snapshot_xmin(pg_current_snapshot())) from supaopt.state
"""
HIT = "select (public.get_cache_entry(%s) ->> 'hit')::boolean"


def entry(key: str, lease: str | None = None, **fields: Any) -> dict[str, Any]:
    """Return an entry that depends on the tag named like its key."""
    return {"key": key, "data": key, "duration": "1 hour", "tags": [key], "lease": lease} | fields


def store(service: Connection, one: One, *entries: dict[str, Any]) -> Any:
    """Store them all at once, and return which were."""
    return one(service, STORE, Jsonb(entries))


@pytest.fixture(name="lease")
def _lease(service: Connection, one: One) -> str:
    found: str = one(service, LOOK_UP, [])["lease"]
    return found


@pytest.fixture(name="writer")
def _writer(db: Database) -> Connection:
    return db.connect("service_role")


def test_what_is_stored_together_comes_back_together(
    service: Connection, one: One, lease: str
) -> None:
    """Entries and misses stand in the order of the keys, however often each is named."""
    assert [True, True] == store(service, one, entry("b", lease), entry("a", lease, data=None))
    found = one(service, LOOK_UP, ["a", "none", "b", "a"])
    shown = [each and (each["data"], each["tags"], each["lease"]) for each in found["entries"]]
    a = (None, ["a"], lease)
    assert [a, None, ("b", ["b"], lease), a] == shown
    assert found["lease"]


def test_each_entry_is_what_a_single_look_up_finds(
    service: Connection, one: One, lease: str
) -> None:
    """Data, times, tags and lease are those of get_cache_entry."""
    store(service, one, entry("a", lease, data={"é": [1.50, None]}))
    singly = one(service, "select public.get_cache_entry('a')")
    assert [singly] == [{"hit": True} | each for each in one(service, LOOK_UP, ["a"])["entries"]]


def test_each_key_has_an_age_of_its_own(
    service: Connection, owner: Connection, one: One, lease: str
) -> None:
    """An entry older than is accepted of its key is a miss; null accepts any age."""
    store(service, one, entry("a", lease))
    owner.execute("update supaopt.entries set stored_at = stored_at - interval '9 minutes'")
    found = one(
        service,
        "select public.get_cache_entries(%s::text[], %s::interval[])",
        ["a", "a", "a"],
        ["1 second", "10 minutes", None],
    )
    assert [False, True, True] == [each is not None for each in found["entries"]]


@pytest.mark.parametrize("statement", ["select public.get_cache_entries('{a}')", HIT])
def test_looking_up_many_needs_no_right_to_write(
    service: Connection, one: One, statement: str
) -> None:
    """A read-only transaction is enough, so PostgREST serves it by GET and a standby can."""
    with service.transaction():
        service.execute("set transaction read only")
        assert one(service, statement.replace("%s", "'a'")) is not None


def test_a_write_between_look_up_and_store_refuses_what_depends_on_it(
    service: Connection, writer: Connection, one: One, lease: str
) -> None:
    """One of many that is overtaken is refused, and the others are stored."""
    one(writer, "select public.invalidate_cache_by_tags(array['b'])")
    stored = store(service, one, entry("a", lease), entry("b", lease), entry("c", lease))
    assert [True, False, True] == stored
    assert ["a", None, "c"] == [
        each and each["data"] for each in one(service, LOOK_UP, ["a", "b", "c"])["entries"]
    ]


def test_a_write_that_is_under_way_ends_its_entry_when_it_commits(
    service: Connection, writer: Connection, owner: Connection, one: One
) -> None:
    """Of many entries, until the commit all are served, and after it all but one."""
    with writer.transaction():
        one(writer, "select public.invalidate_cache_by_tags(array['b'])")
        owner.execute("select pg_current_xact_id()")
        lease = one(service, LOOK_UP, [])["lease"]
        assert lease.split(":")[3], "the lease knows of the running transaction"
        assert [True, True] == store(service, one, entry("a", lease), entry("b", lease))
        assert [True, True] == [e is not None for e in one(service, LOOK_UP, ["a", "b"])["entries"]]
        assert [True, False] == [e is not None for e in one(writer, LOOK_UP, ["a", "b"])["entries"]]
    assert [True, False] == [e is not None for e in one(service, LOOK_UP, ["a", "b"])["entries"]]


def test_a_transaction_that_has_written_stores_nothing_under_a_lease(
    service: Connection, one: One, lease: str
) -> None:
    """Its own stores do not count: of one call all entries are stored, of the next none."""
    with service.transaction():
        assert [True, True] == store(service, one, entry("a", lease), entry("b", lease))
        assert [False, True] == store(service, one, entry("c", lease), entry("d", tags=[]))
        assert one(service, LOOK_UP, [])["lease"] is None


@pytest.mark.parametrize(
    "forge",
    [
        lambda lease: ("0" if lease[0] != "0" else "1") + lease[1:],
        lambda lease: lease.split(":")[0] + ":999999999:999999999:",
        lambda lease: lease.split(":")[0] + ":1:1:",
        lambda _: None,
    ],
    ids=["another generation", "the future", "below the floor", "none"],
)
def test_a_forged_lease_stores_nothing(
    service: Connection, owner: Connection, one: One, lease: str, forge: Any
) -> None:
    """It is refused for its entry, and the honest one beside it is stored."""
    owner.execute("select pg_current_xact_id()")
    assert [False, True] == store(service, one, entry("a", forge(lease)), entry("b", lease))


@pytest.mark.parametrize(
    "bad",
    [
        {"key": ""},
        {"key": None},
        {"key": "k" * 513},
        {"duration": None},
        {"duration": "-1 hour"},
        {"tags": None},
        {"tags": [""]},
        {"tags": [f"t{n}" for n in range(201)]},
        {"lease": "' or true --"},
    ],
    ids=repr,
)
def test_one_bad_entry_refuses_all(
    service: Connection, one: One, lease: str, bad: dict[str, Any]
) -> None:
    """What can never be right raises what set_cached_data raises, and nothing is stored."""
    with pytest.raises(psycopg.errors.InvalidParameterValue) as caught:
        store(service, one, entry("a", lease), entry("b", lease) | bad, entry("z", lease))
    assert caught.value.diag.message_hint
    assert [None, None] == one(service, LOOK_UP, ["a", "z"])["entries"]


def test_a_value_over_the_limit_refuses_all(
    service: Connection, owner: Connection, one: One, lease: str
) -> None:
    """The size is that of each value, not of the call."""
    owner.execute("update supaopt.settings set max_data_bytes = 1000")
    small = [entry(f"k{n}", lease, data="x" * 900) for n in range(10)]
    assert [True] * 10 == store(service, one, *small)
    with pytest.raises(psycopg.errors.InvalidParameterValue, match=r"settings\.max_data_bytes"):
        store(service, one, entry("a", lease), entry("b", lease, data="x" * 2000))
    assert one(service, HIT, "a") is False


def test_a_key_that_somebody_is_storing_is_refused_without_waiting(
    service: Connection, writer: Connection, one: One, lease: str
) -> None:
    """Two callers with the same keys in opposite orders: neither waits, each key is stored once."""
    service.execute("set lock_timeout = '1 ms'")
    with writer.transaction():
        assert [True, True] == store(writer, one, entry("b", lease), entry("c", lease))
        stored = store(service, one, *(entry(key, lease) for key in "dcba"))
        assert [True, False, False, True] == stored


def test_callers_that_store_the_same_keys_end_in_no_deadlock(
    db: Database, service: Connection, one: One
) -> None:
    """Each caller stores in its own order, again and again, and none is told of an error."""
    keys = [f"k{number}" for number in range(20)]
    errors: list[Exception] = []

    def work(connection: Connection, seed: int) -> None:
        dice = random.Random(seed)
        try:
            for _ in range(30):
                lease = one(connection, LOOK_UP, [])["lease"]
                many = [entry(key, lease) for key in dice.sample(keys, 15)]
                one(connection, STORE, Jsonb(many))
        except psycopg.Error as error:
            errors.append(error)

    threads = [
        threading.Thread(target=work, args=(db.connect("service_role"), seed)) for seed in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [] == errors
    assert None not in one(service, LOOK_UP, keys)["entries"]


def test_it_judges_as_a_single_look_up_does(db: Database, service: Connection, one: One) -> None:
    """
    Under whatever is written, committed and rolled back, many keys are judged as each by itself.
    """
    dice = random.Random(8137)
    writers = [db.connect("service_role") for _ in range(3)]
    keys = [f"{kind}:{number}" for kind in "ab" for number in range(4)]
    many = "public.get_cache_entries(%s::text[]) -> 'entries'"
    singly = "(select json_agg(public.get_cache_entry(k) -> 'hit') from unnest(%s::text[]) as k)"
    agreed: list[bool] = []
    for _ in range(300):
        writer = dice.choice(writers)
        idle = writer.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        match dice.randrange(4):
            case 0 if idle:
                writer.execute("begin")
                tag = dice.choice([dice.choice(keys), "a:*", "b:*"])
                writer.execute("select public.invalidate_cache_by_tags(array[%s])", [tag])
            case 1 if not idle:
                writer.execute(dice.choice(["commit", "rollback"]))
            case _:
                lease = one(service, LOOK_UP, [])["lease"]
                chosen = dice.sample(keys, 3)
                store(service, one, *(entry(key, lease) for key in chosen))
        for reader in (service, writer):
            query = f"select json_build_array({many}, {singly})"
            found, alone = one(reader, query, keys, keys)
            assert alone == [entry is not None for entry in found]
            agreed += alone
    assert {True, False} == set(agreed)


def test_the_answer_is_one_moment(
    db: Database, service: Connection, writer: Connection, one: One, lease: str
) -> None:
    """In an old snapshot the lease is that snapshot, which the primary's writes overtake."""
    with service.transaction():
        service.execute("set transaction isolation level repeatable read")
        old = one(service, LOOK_UP, ["a"])["lease"]
        one(writer, "select public.invalidate_cache_by_tags(array['a'])")
        assert old == one(service, LOOK_UP, ["a"])["lease"]
    assert [False] == store(service, one, entry("a", old))


def test_values_come_back_digit_by_digit(service: Connection, one: One, lease: str) -> None:
    """Numbers keep their digits, and text its characters, as jsonb keeps them."""
    text = '[{"key": "a", "data": [1.10, 1e2, "\\u00e9\\"\\\\"], "duration": "1 h", "tags": []}]'
    assert [True] == one(service, STORE.replace("%s", "%s::jsonb"), text)
    found = one(service, "select (public.get_cache_entries('{a}') #> '{entries,0,data}')::text")
    assert '[1.10, 100, "é\\"\\\\"]' == (found if isinstance(found, str) else json.dumps(found))


@pytest.mark.parametrize(
    "end",
    [
        "update supaopt.entries set expires_at = clock_timestamp() where key = 'a'",
        _RAISE_FLOOR,
        "update supaopt.state set floor = floor",
    ],
    ids=["its age", "the floor", "a state that does not vouch for itself"],
)
def test_what_ends_one_entry_ends_one_of_many(
    service: Connection, owner: Connection, one: One, lease: str, end: str
) -> None:
    """An entry that is past its age, below the floor or of another history is a miss."""
    assert [True] == store(service, one, entry("a", lease))
    owner.execute("select pg_current_xact_id()")
    owner.execute(end.encode())
    assert [None] == one(service, LOOK_UP, ["a"])["entries"]


def test_another_scope_is_out_of_reach(
    service: Connection, owner: Connection, one: One, lease: str
) -> None:
    """Entries of users are found by no key of the shared ones."""
    store(service, one, entry("a", lease))
    owner.execute("update supaopt.entries set scope = 'u:1'")
    assert [None, None] == one(service, LOOK_UP, ["a", "u:1 a"])["entries"]
