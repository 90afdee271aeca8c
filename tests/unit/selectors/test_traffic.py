"""
Gigabytes a month, from what was counted and what was measured.
"""

from __future__ import annotations

from typing import Annotated, Any

import pytest

from supaopt.errors import ConfigError
from supaopt.selectors import Col, Payload, Row, Selector, Statistics, estimate


class Owner(Row, table="clients"):
    """A client."""

    id: int
    name: str


class Person(Row, table="profiles"):
    """A person with a client, a JSON key, another name and a spread column."""

    id: int
    title: Annotated[str, Col("full_name")]
    theme: Annotated[str | None, Col("prefs->>theme")]
    client: Owner | None
    city: Annotated[str | None, Col("city", spread="addresses")]


class Elsewhere(Row, table="clients", schema="sales"):
    """A table of the same name in another schema."""

    id: int
    name: str


# As PostgREST 12 and 13 write them, shown with $1 in place of values.
END = (
    " ) SELECT $3::bigint AS total_result_set, pg_catalog.count(_postgrest_t) AS page_total, "
    "coalesce(json_agg(_postgrest_t), $4) AS body FROM ( SELECT * FROM pgrst_source ) _postgrest_t"
)
OWNERS = (
    'WITH pgrst_source AS ( SELECT "public"."clients"."id", "public"."clients"."name" '
    'FROM "public"."clients" WHERE "public"."clients"."id" = $1 LIMIT $2 OFFSET $3 ' + END
)
PEOPLE = (
    'WITH pgrst_source AS ( SELECT "public"."profiles"."id", "public"."profiles"."full_name" AS '
    '"title", to_jsonb("public"."profiles"."prefs")->>$5 AS "theme", '
    'row_to_json("profiles_client_1".*)::jsonb AS "client", "profiles_addresses_2"."city" '
    'FROM "public"."profiles" LEFT JOIN LATERAL ( SELECT "clients_1"."id", "clients_1"."name" '
    'FROM "public"."clients" AS "clients_1" WHERE "clients_1"."id" = '
    '"public"."profiles"."client_id" ) AS "profiles_client_1" ON TRUE ' + END
)
STARS = 'WITH pgrst_source AS (SELECT "public"."clients".* FROM "public"."clients" ' + END
OTHERS = 'select "id", "name" from "public"."clients" limit $1'
COUNT = 'select count(*) from "public"."clients"'


def payload(rows: int = 100, keys: tuple[str, ...] = ()) -> Payload:
    """Return a set of 100 bytes a row, where `*` has 1,000 and *keys*."""
    return Payload(
        row="Owner",
        table="clients",
        rows=rows,
        star_bytes=rows * 1_000,
        bytes=rows * 100,
        star_gzip_bytes=0,
        gzip_bytes=0,
        heaviest="name",
        heaviest_percent=50.0,
        star_keys=keys,
    )


def statistics(*statements: tuple[str, int, int], days: float = 30) -> Statistics:
    """Return what was counted: text, calls, rows."""
    counted = [{"query": text, "calls": calls, "rows": rows} for text, calls, rows in statements]
    return Statistics.model_validate({"days": days, "forgot": False, "statements": counted})


def test_counted_rows_are_multiplied_by_measured_bytes() -> None:
    """Where a server returns rows, nothing is assumed."""
    found = estimate(payload(), Owner, statistics((OTHERS, 1_000, 5_000_000), (COUNT, 9, 9)))
    assert (1_000, 0, False) == (found.answers, found.star_answers, found.is_assumed)
    assert pytest.approx(0.5) == found.gigabytes


def test_rows_that_postgrest_hides_are_assumed() -> None:
    """Its one row an answer counts for so many, and for no more than the table has."""
    counted = statistics((OWNERS, 1_000_000, 1_000_000))
    found = estimate(payload(), Selector(Owner), counted, rows_per_answer=20)
    assert (pytest.approx(2.0), True) == (found.gigabytes, found.is_assumed)
    small = estimate(payload(rows=3), Owner, counted, rows_per_answer=20)
    assert pytest.approx(0.3) == small.gigabytes


def test_an_object_is_one_row_and_a_count_is_none() -> None:
    """What PostgREST shows of an answer is made use of."""
    one = OWNERS.replace("coalesce(json_agg(_postgrest_t), $4)", "(json_agg(_postgrest_t)->$4)")
    found = estimate(payload(), Owner, statistics((one, 1_000, 1_000)))
    assert (1_000, False) == (found.answers, found.is_assumed)
    assert pytest.approx(0.0001) == found.gigabytes
    count = OWNERS.replace("coalesce(json_agg(_postgrest_t), $4)", "$4::text")
    assert 0 == estimate(payload(), Owner, statistics((count, 1_000, 1_000))).answers


def test_reads_of_everything_tell_what_the_set_would_save() -> None:
    """The difference of the two measured sizes, for each row of them."""
    found = estimate(payload(), Owner, statistics((STARS, 1_000, 1_000)), rows_per_answer=10)
    assert (0, 1_000) == (found.answers, found.star_answers)
    assert (pytest.approx(0.01), pytest.approx(0.009)) == (
        found.star_gigabytes,
        found.saved_gigabytes,
    )


def test_a_list_of_every_column_is_a_star() -> None:
    """Postgres takes both for one statement, and shows whichever came first."""
    listed = 'select "id", "name", "logo" from "public"."clients"'
    for text in (listed, STARS):
        found = estimate(payload(keys=("id", "name", "logo")), Owner, statistics((text, 9, 9)))
        assert (0, 9) == (found.answers, found.star_answers)
    whole = estimate(payload(keys=("id", "name")), Owner, statistics((STARS, 9, 9)))
    assert (9, 9) == (whole.answers, whole.star_answers)


def test_a_month_has_thirty_days() -> None:
    """What was counted in ten days is a third of it."""
    found = estimate(payload(), Owner, statistics((OTHERS, 10, 1_000_000), days=10))
    assert (30, pytest.approx(0.3)) == (found.answers, found.gigabytes)


def test_answers_are_told_by_their_keys() -> None:
    """Aliases, JSON paths, embeds and spread columns are keys; other sets are other answers."""
    stars = 'select *, (select $1) as "client", "a"."city" from "public"."profiles"'
    counted = statistics((PEOPLE, 7, 7), (OWNERS, 5, 5), (stars, 3, 3))
    found = estimate(payload(), Person, counted)
    assert (7, 3) == (found.answers, found.star_answers)
    assert 5 == estimate(payload(), Owner, counted).answers
    assert 0 == estimate(payload(), Elsewhere, counted).answers


@pytest.mark.parametrize(
    "text",
    [
        "",
        "select 1",
        'select "a from "public"."clients"',
        "select pg_sleep($1)",
        'WITH pgrst_source AS (INSERT INTO "public"."clients" ("id") SELECT $1)',
        'select * from public."clients"',
        "<insufficient privilege>",
    ],
)
def test_other_statements_are_left_alone(text: str) -> None:
    """What is no read of a table by the API counts for nothing."""
    found = estimate(payload(), Owner, statistics((text, 5, 5)))
    assert (0, 0) == (found.answers, found.star_answers)


def test_nothing_is_divided_by_nothing() -> None:
    """An empty table and statistics that were just reset give numbers all the same."""
    found: Any = estimate(payload(rows=0), Owner, statistics((OWNERS, 1, 1), days=0))
    assert 0 == found.gigabytes


def test_an_answer_has_a_row() -> None:
    """Less is a mistake."""
    with pytest.raises(ConfigError, match="one row at least"):
        estimate(payload(), Owner, statistics(), rows_per_answer=0)
