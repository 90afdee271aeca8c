"""
The learning platform's functions: right figures, right rows, right refusals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.rows import dict_row

if TYPE_CHECKING:
    from conftest import Database

    One = Any
    Connection = psycopg.Connection[Any]
    Ids = dict[str, str]

SESSIONS = "select * from public.get_expert_sessions_with_stats(%s)"


def rows(connection: Connection, query: str, *parameters: Any) -> list[dict[str, Any]]:
    """Return the rows as dictionaries, UUIDs as text."""
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(query.encode(), parameters).fetchall()
    return [
        {
            name: str(value) if type(value).__name__ == "UUID" else value
            for name, value in row.items()
        }
        for row in found
    ]


def as_admin(db: Database, ids: Ids) -> Connection:
    """Connect as an administrator."""
    return db.connect("authenticated", {"sub": ids["admin"], "user_role": "admin"})


def as_student(db: Database, ids: Ids, name: str, client: str = "c1") -> Connection:
    """Connect as a student."""
    return db.connect(
        "authenticated", {"sub": ids[name], "user_role": "student", "client_id": ids[client]}
    )


def test_rates_do_not_fan_out(service: Connection, lms: Ids) -> None:
    """A session with three products and four viewers, three done, has a rate of 75, not 225."""
    found = rows(service, SESSIONS, None)
    assert [lms["s1"], lms["s2"]] == [row["id"] for row in found]
    assert (4, 75.0, 250.0) == tuple(
        found[0][name] for name in ("total_viewers", "completion_rate", "average_watch_time")
    )
    assert (0, 0.0, 0.0, []) == tuple(
        found[1][name]
        for name in ("total_viewers", "completion_rate", "average_watch_time", "products")
    )


def test_a_filter_keeps_all_products_of_a_session(service: Connection, lms: Ids) -> None:
    """Asked for one product, a session still lists all its job-readiness products."""
    (found,) = rows(service, SESSIONS, lms["p1"])
    assert ["P1", "P2", "P3"] == [product["name"] for product in found["products"]]
    assert 75.0 == found["completion_rate"]


def test_a_product_of_another_type_has_no_sessions(service: Connection, lms: Ids) -> None:
    """Expert sessions belong to job-readiness products."""
    assert [] == rows(service, SESSIONS, lms["course"])
    assert [] == rows(service, SESSIONS, lms["alice"])


def test_the_product_may_be_left_out(service: Connection, lms: Ids, one: One) -> None:
    """No argument means all, as a client that drops undefined arguments needs."""
    assert 2 == one(service, "select count(*) from public.get_expert_sessions_with_stats()")


def test_other_column_types_do_not_break_it(
    service: Connection, owner: Connection, lms: Ids
) -> None:
    """A title of type varchar and a time without zone are cast."""
    owner.execute(
        """alter table public.job_readiness_expert_sessions
            alter column title type varchar(200), alter column created_at type timestamp"""
    )
    assert 2 == len(rows(service, SESSIONS, None))


def test_figures_over_all_are_for_staff(db: Database, lms: Ids) -> None:
    """Under a student's row-level security they would count the student alone."""
    student = as_student(db, lms, "alice")
    for call in (
        "public.get_expert_sessions_with_stats()",
        "public.get_expert_sessions_with_stats_cached()",
        "public.calculate_product_performance()",
        "public.get_product_performance_cached()",
        "public.get_analytics_data()",
        "public.get_cached_analytics_data()",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only staff"):
            student.execute(f"select * from {call}".encode())


@pytest.mark.parametrize("claims", [{}, {"user_role": None}, {"user_role": "nobody"}])
def test_no_role_is_no_staff(db: Database, lms: Ids, claims: dict[str, Any]) -> None:
    """A token without a role of staff is refused."""
    caller = db.connect("authenticated", {"sub": lms["alice"]} | claims)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only staff"):
        rows(caller, SESSIONS, None)


def test_client_staff_sees_figures_of_its_client(db: Database, lms: Ids) -> None:
    """Figures are over the learners whom the caller may see."""
    caller = db.connect(
        "authenticated", {"sub": lms["staff"], "user_role": "client_staff", "client_id": lms["c1"]}
    )
    assert (2, 100.0) == tuple(
        rows(caller, SESSIONS, None)[0][name] for name in ("total_viewers", "completion_rate")
    )
    assert (4, 75.0) == tuple(
        rows(as_admin(db, lms), SESSIONS, None)[0][name]
        for name in ("total_viewers", "completion_rate")
    )


def test_it_can_run_on_get(service: Connection, lms: Ids) -> None:
    """What only reads runs in a read-only transaction."""
    service.execute("set default_transaction_read_only = on")
    assert 2 == len(rows(service, SESSIONS, None))


def test_no_session_is_an_empty_array(service: Connection, one: One) -> None:
    """Empty is [], not an error, and is kept like any answer."""
    for _ in range(2):
        assert [] == one(service, "select public.get_expert_sessions_with_stats_cached()")
        assert [] == one(service, "select public.get_product_performance_cached()")


def test_the_cached_form_equals_the_plain_one(service: Connection, lms: Ids, one: One) -> None:
    """First computed, then served: the same rows in the same order."""
    plain = one(
        service, "select jsonb_agg(to_jsonb(s)) from public.get_expert_sessions_with_stats() as s"
    )
    call = "select public.get_expert_sessions_with_stats_cached()"
    assert [plain, plain] == [one(service, call), one(service, call)]


PERFORMANCE = "select * from public.calculate_product_performance(%s)"


def test_performance_counts_learners_once(service: Connection, lms: Ids) -> None:
    """Enrolled, active, started, completed, progress and rate per product, by name."""
    found = {row["product_name"]: row for row in rows(service, PERFORMANCE, None)}
    columns = (
        *("enrolled_students", "active_students", "started_students", "completed_students"),
        *("average_progress", "completion_rate"),
    )
    assert {
        "Course": (0, 0, 0, 0, 0.0, 0.0),
        "P1": (2, 2, 1, 1, 50.0, 50.0),
        "P2": (4, 4, 1, 0, 6.25, 0.0),
        "P3": (0, 0, 0, 0, 0.0, 0.0),
    } == {name: tuple(row[column] for column in columns) for name, row in found.items()}


def test_performance_is_really_filtered_by_client(service: Connection, lms: Ids, one: One) -> None:
    """One client's answer has its products and students alone, under its own key."""
    (found,) = rows(service, PERFORMANCE, lms["c2"])
    assert ("P2", 2, 0) == tuple(
        found[name] for name in ("product_name", "enrolled_students", "started_students")
    )
    cached = "select public.get_product_performance_cached(%s)"
    assert [2, 1] == [len(one(service, cached, lms[client])) for client in ("c1", "c2")]


SUMMARY = "select public.get_student_progress_summary{}(%s)"


@pytest.mark.parametrize("form", ["", "_cached"])
def test_a_summary_lists_modules(service: Connection, lms: Ids, one: One, form: str) -> None:
    """A student with progress, one without, one who is not there."""
    query = SUMMARY.format(form)
    for _ in range(2):
        summary = one(service, query, lms["alice"])
        assert [(lms["m1"], "Completed", 100), (lms["m2"], "InProgress", 50)] == [
            (item["module_id"], item["status"], item["progress_percentage"])
            for item in summary["progress_summary"]
        ]
        assert {"student_id": lms["bob"], "progress_summary": []} == one(service, query, lms["bob"])
        assert one(service, query, lms["p1"]) is None


def test_a_summary_respects_rls_through_the_cache(
    db: Database, service: Connection, lms: Ids, one: One
) -> None:
    """Nobody reads another's summary because somebody else may."""
    query = SUMMARY.format("_cached")
    carol = as_student(db, lms, "carol", "c2")
    alice = as_student(db, lms, "alice")
    for _ in range(2):
        assert one(service, query, lms["alice"])["progress_summary"]
        assert one(alice, query, lms["alice"])["progress_summary"]
        assert one(carol, query, lms["alice"]) is None


def test_analytics_say_whether_they_were_cached(service: Connection, lms: Ids, one: One) -> None:
    """No guessing from the response time."""
    call = "select public.get_cached_analytics_data()"
    first, second = one(service, call), one(service, call)
    assert [False, True] == [first.pop("cached"), second.pop("cached")]
    assert first == second
    assert {"total": 4, "active": 4} == first["students"]
    assert {"viewers": 4, "views": 4, "completed": 3, "watch_time_seconds": 1000} == (
        first["expert_sessions"]
    )


def test_analytics_of_one_client(service: Connection, lms: Ids, one: One) -> None:
    """A client's figures are its own."""
    found = one(service, "select public.get_analytics_data(%s)", lms["c2"])
    assert (2, 2, 0) == (
        found["students"]["total"],
        found["expert_sessions"]["views"],
        found["progress"]["started"],
    )


LEARNERS = "select * from public.get_learners_with_progress({})"


def test_learners_come_in_pages(service: Connection, lms: Ids) -> None:
    """Newest first; the last row's time and id lead to the next page; no one twice or left out."""
    first = rows(service, LEARNERS.format("p_limit => 3"))
    last = first[-1]
    second = rows(
        service,
        LEARNERS.format("p_limit => 3, p_after_created_at => %s, p_after_id => %s"),
        last["created_at"],
        last["id"],
    )
    assert ["Dave", "Carol", "Bob", "Alice"] == [row["full_name"] for row in first + second]
    assert ("One", 2, 1, 75.0) == tuple(
        second[0][name]
        for name in ("client_name", "started_modules", "completed_modules", "average_progress")
    )
    assert (0, None) == (first[0]["started_modules"], first[0]["average_progress"])


def test_learners_of_equal_time_are_not_lost(
    service: Connection, owner: Connection, lms: Ids
) -> None:
    """The id breaks ties between students created in one statement."""
    owner.execute("update public.students set created_at = '2026-01-01'")
    seen: list[str] = []
    after: tuple[Any, Any] = (None, None)
    while page := rows(
        service,
        LEARNERS.format("p_limit => 1, p_after_created_at => %s, p_after_id => %s"),
        *after,
    ):
        seen.append(page[0]["full_name"])
        after = (page[0]["created_at"], page[0]["id"])
    assert ["Alice", "Bob", "Carol", "Dave"] == sorted(seen)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("p_search => 'ALI'", ["Alice"]),
        ("p_search => '@two.'", ["Dave", "Carol"]),
        ("p_search => '%%'", []),
        ("p_is_active => false", []),
        ("p_client_id => '00000000-0000-0000-0000-000000000001'", ["Bob", "Alice"]),
    ],
)
def test_learners_are_filtered(
    service: Connection, lms: Ids, arguments: str, expected: list[str]
) -> None:
    """By client, by standing, and by a literal part of name or address."""
    found = rows(service, LEARNERS.format(arguments))
    assert expected == [row["full_name"] for row in found]


def test_students_see_themselves_among_learners(db: Database, lms: Ids) -> None:
    """Row-level security holds in the page."""
    found = rows(as_student(db, lms, "alice"), LEARNERS.format(""))
    assert ["Alice"] == [row["full_name"] for row in found]


SUBMISSIONS = "select * from public.get_submissions_with_details({})"


def test_submissions_come_with_their_details(
    service: Connection, owner: Connection, lms: Ids
) -> None:
    """Student, client, module, product and reviewer in one call, newest first, in pages."""
    owner.execute("update public.job_readiness_submissions set reviewed_by = %s", [lms["admin"]])
    first, second = rows(service, SUBMISSIONS.format(""))
    assert ("Carol", "Two", "M2", "P2", "Ada Admin") == tuple(
        first[name]
        for name in ("student_name", "client_name", "module_name", "product_name", "reviewer_name")
    )
    assert [second] == rows(
        service,
        SUBMISSIONS.format("p_after_submitted_at => %s, p_after_id => %s"),
        first["submitted_at"],
        first["id"],
    )
    assert [second] == rows(service, SUBMISSIONS.format("p_client_id => %s"), lms["c1"])
    assert [] == rows(service, SUBMISSIONS.format("p_status => 'approved'"))


@pytest.mark.parametrize("query", [LEARNERS, SUBMISSIONS])
@pytest.mark.parametrize("arguments", ["p_limit => 0", "p_limit => 201", "p_limit => null"])
def test_pages_have_a_size(service: Connection, query: str, arguments: str) -> None:
    """A page has 1 to 200 rows, and the error says so."""
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="page size"):
        rows(service, query.format(arguments))


@pytest.mark.parametrize("query", [LEARNERS, SUBMISSIONS])
def test_half_a_page_mark_is_refused(service: Connection, query: str) -> None:
    """Time and id go together."""
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="one of them is null"):
        rows(service, query.format("p_after_id => gen_random_uuid()"))


def test_enrolment(service: Connection, lms: Ids, one: One) -> None:
    """Assigned or not; unknown and null are not."""
    query = "select public.check_enrollment(%s, %s)"
    pairs = [("c1", "p1"), ("c2", "p1"), ("p1", "c1"), ("c1", None)]
    assert [True, False, False, False] == [
        one(service, query, lms[client], lms[product] if product else None)
        for client, product in pairs
    ]


CREATE = "select public.create_user_and_profile_atomic(%s, %s, 'New', p_client_id => %s)"
NEW = "00000000-0000-0000-0000-0000000000ff"


@pytest.mark.parametrize(
    ("spelling", "stored"),
    [("Admin", "Admin"), ("client staff", "Client Staff"), ("CLIENT_STAFF", "Client Staff")],
)
def test_a_profile_is_created_in_any_spelling(
    service: Connection, lms: Ids, one: One, spelling: str, stored: str
) -> None:
    """The role is stored as the platform spells it."""
    created = one(service, CREATE, NEW, spelling, lms["c1"])
    assert (NEW, True) == (created["user_id"], created["created"])
    assert stored == one(service, "select role from public.profiles where id = %s", NEW)


def test_a_student_is_created_with_its_progress(service: Connection, lms: Ids, one: One) -> None:
    """One row per module of the client's products comes with the student."""
    one(service, CREATE, NEW, "student", lms["c1"])
    assert 3 == one(
        service,
        "select count(*) from public.student_module_progress"
        " where student_id = %s and status = 'NotStarted'",
        NEW,
    )


def test_creating_again_changes_nothing(service: Connection, lms: Ids, one: One) -> None:
    """A retry after a lost answer finds the user there."""
    assert [True, False] == [
        one(service, CREATE, NEW, "student", lms["c1"])["created"] for _ in range(2)
    ]


@pytest.mark.parametrize(
    ("role", "client", "error"),
    [
        ("pirate", "c1", psycopg.errors.InvalidParameterValue),
        (None, "c1", psycopg.errors.InvalidParameterValue),
        ("student", None, psycopg.errors.InvalidParameterValue),
        ("student", "p1", psycopg.errors.ForeignKeyViolation),
    ],
)
def test_a_user_that_cannot_be_is_refused_whole(
    service: Connection, lms: Ids, one: One, *, role: str | None, client: str | None, error: Any
) -> None:
    """An unknown role, no client or an unknown client leaves no row behind."""
    with pytest.raises(error):
        one(service, CREATE, NEW, role, lms[client] if client else None)
    assert 0 == one(service, "select count(*) from public.students where id = %s", NEW)


@pytest.mark.parametrize(("role", "client"), [("admin", None), ("student", "c2")])
def test_a_user_who_is_somebody_else_is_a_conflict(
    service: Connection, lms: Ids, one: One, role: str, client: str | None
) -> None:
    """The same id with another role or client is not passed over."""
    one(service, CREATE, NEW, "student", lms["c1"])
    with pytest.raises(psycopg.errors.UniqueViolation, match="another role or client"):
        one(service, CREATE, NEW, role, lms[client] if client else None)
