"""
What an API's statements read.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supaopt.doctor._statement import Read, parse

_TAIL = " )  SELECT $4::bigint AS total_result_set, pg_catalog.count(_postgrest_t) AS page_total"
READS = {
    'WITH pgrst_source AS ( SELECT "public"."t".* FROM "public"."t"  LIMIT $1 OFFSET $2' + _TAIL: (
        Read("public.t", is_star=True, key=None)
    ),
    'WITH pgrst_source AS ( SELECT "public"."t"."id" FROM "public"."t"  '
    'WHERE  "public"."t"."id" = $1 AND "public"."t"."open" = $2' + _TAIL: (
        Read("public.t", is_star=False, key="id")
    ),
    # An embed: its own select and table stand in parentheses.
    'WITH pgrst_source AS ( SELECT "public"."t".*, row_to_json("t_c_1".*)::jsonb AS "c" '
    'FROM "public"."t" LEFT JOIN LATERAL ( SELECT "c_1"."name" FROM "public"."c" AS "c_1" '
    'WHERE "c_1"."id" = "public"."t"."c_id" ) AS "t_c_1" ON TRUE' + _TAIL: (
        Read("public.t", is_star=True, key=None)
    ),
    # Every column of the embedded table is not every column of this one.
    'WITH pgrst_source AS ( SELECT "public"."t"."id", row_to_json("t_c_1".*)::jsonb AS "c" '
    'FROM "public"."t" LEFT JOIN LATERAL ( SELECT "c_1".* FROM "public"."c" AS "c_1" ) AS "t_c_1" '
    "ON TRUE" + _TAIL: Read("public.t", is_star=False, key=None),
    'select *, (select to_json(obj) from (select "name" from "public"."c" '
    'where "public"."c"."id" = "public"."t"."c_id" limit $1) as obj) as "c" from "public"."t" '
    'where "id" = $2 limit $3': Read("public.t", is_star=True, key="id"),
    'select "id" from "public"."t" where "id" = $1': Read("public.t", is_star=False, key="id"),
    'select "id" from "public"."t" where "id" in ($1, $2)': (
        Read("public.t", is_star=False, key=None)
    ),
    'select "id" from "public"."t" where "age" > $1': Read("public.t", is_star=False, key=None),
}
OTHERS = [
    'WITH pgrst_source AS (INSERT INTO "public"."t"("a") SELECT "b"."a" FROM x '
    'RETURNING "public"."t".*' + _TAIL,
    'WITH pgrst_source AS (UPDATE "public"."t" SET "a" = $1 RETURNING "public"."t".*' + _TAIL,
    'WITH pgrst_source AS ( SELECT "f".* FROM "public"."f"($1)' + _TAIL,
    'WITH pgrst_source AS ( SELECT "f".* FROM "public"."f" ("a" := $1)' + _TAIL,
    "select set_config($1, $2, true)",
    "",
]


@pytest.mark.parametrize("query", READS)
def test_a_read_is_understood(query: str) -> None:
    """Table, star and key are those of the outer select, whatever is embedded."""
    assert READS[query] == parse(query)


@pytest.mark.parametrize("query", OTHERS)
def test_anything_else_is_no_read(query: str) -> None:
    """Writes, functions and settings are passed over."""
    assert None is parse(query)


@given(st.text(alphabet='()" .*=$1WHERSLCTFOMtap', max_size=80))
def test_any_text_is_taken(text: str) -> None:
    """Whatever a statement looks like, parsing it ends without an error."""
    assert isinstance(parse(f'SELECT {text} FROM "public"."t"'), Read | None)
