"""
What a column set costs a month: measured bytes, times the answers that pg_stat_statements counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict

from supaopt.errors import ConfigError, MissingExtraError
from supaopt.selectors._selector import Selector
from supaopt.selectors._shape import Column, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from supaopt.selectors._payload import Payload
    from supaopt.selectors._row import Row
    from supaopt.selectors._shape import Embed

_MODEL: Final = ConfigDict(frozen=True, defer_build=True)
_DAYS_A_MONTH: Final = 30
_GIGABYTE: Final = 1e9

# How PostgREST begins a read; what other servers send is the select alone.
_WRAPPER: Final = re.compile(r"WITH pgrst_source AS \( *")
_OBJECT: Final = re.compile(r"json_agg\(_postgrest_t\) *->")
_NESTED: Final = re.compile(r"\([^()]*\)")
_READ: Final = re.compile(r'SELECT (.*?) FROM "([^"]+)"\."([^"]+)"', re.IGNORECASE | re.DOTALL)
_ITEM: Final = re.compile(r'(?:[^,"]|"[^"]*")+')
_KEY: Final = re.compile(r'"([^"]*)"\s*$|(\*)\s*$')


class Statement(BaseModel):
    """
    A read of the API's.

    Attributes:
        query: Its text, with ``$1`` where a value was.
        calls: How often it ran.
        rows: Rows that it returned in all.
    """

    model_config = _MODEL

    query: str
    calls: int
    rows: int


class Statistics(BaseModel):
    """
    What pg_stat_statements counted; read it with `Statistics.read`.

    Attributes:
        days: For how long it has counted.
        forgot: True when it ran out of room and forgot some, so that there was more.
        statements: The API's reads.
    """

    model_config = _MODEL

    days: float
    forgot: bool
    statements: list[Statement]

    @classmethod
    def read(cls, db_url: str) -> Statistics:
        """
        Read a database's statistics.

        Args:
            db_url: Database URL or libpq connection string, of a role that may see what others
                ran (``pg_read_all_stats``, as hosted projects' ``postgres`` has).

        Raises:
            MissingExtraError: psycopg is not installed.
            NotFoundError: The extension is not there, or not loaded.
            PermissionDeniedError: The role may not see what others ran.
            ConfigError: *db_url* makes no sense.
            RequestError: No connection.
        """
        try:
            from supaopt._adapters import catalog  # noqa: PLC0415 - psycopg is an extra
        except ImportError as error:
            raise MissingExtraError("cli", feature="reading statistics of statements") from error
        query = files("supaopt.selectors").joinpath("statements.sql").read_text(encoding="utf-8")
        return cls.model_validate_json(catalog.read_statements(db_url, query))


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """
    An estimate of the JSON, uncompressed, that the API sends a month.

    It is calls x rows x measured bytes a row. Rows are counted where the statement returns them;
    PostgREST returns one document an answer, so for it they are assumed.

    Attributes:
        answers: Answers a month that have exactly the columns of the set.
        gigabytes: What these weigh.
        star_answers: Answers a month with every column of its table, and the set's embeds.
        star_gigabytes: What these weigh.
        saved_gigabytes: What these would not weigh if they were of the set.
        is_assumed: True when the rows of some answer were assumed.
    """

    answers: float
    gigabytes: float
    star_answers: float
    star_gigabytes: float
    saved_gigabytes: float
    is_assumed: bool


def estimate(
    payload: Payload,
    what: Selector[Any, Any] | type[Row],
    statistics: Statistics,
    *,
    rows_per_answer: int = 50,
) -> Traffic:
    """
    Return what a measured column set costs a month.

    Args:
        payload: What `measure` said of it.
        what: The selector or row class that was measured.
        statistics: What the database counted.
        rows_per_answer: Rows to assume in an answer whose rows PostgREST hides; a table that has
            fewer rows, as far as they were measured, has no more than those.

    Raises:
        ConfigError: Fewer than one row an answer.

    Examples:
        >>> from supaopt.selectors import Payload, Row, Statistics
        >>> class Name(Row, table="clients"):
        ...     name: str
        >>> payload = Payload(row="Name", table="clients", rows=100, star_bytes=50_000, bytes=2_000,
        ...     star_gzip_bytes=0, gzip_bytes=0, heaviest="name", heaviest_percent=100)
        >>> query = 'select * from "public"."clients" limit $1'
        >>> counted = {"query": query, "calls": 10_000, "rows": 1_000_000}
        >>> month = Statistics.model_validate(
        ...     {"days": 30, "forgot": False, "statements": [counted]}
        ... )
        >>> traffic = estimate(payload, Name, month)
        >>> round(traffic.star_gigabytes, 2), round(traffic.saved_gigabytes, 2)
        (0.5, 0.48)
    """
    if rows_per_answer < 1:
        raise ConfigError(f"rows_per_answer={rows_per_answer}: an answer has one row at least")
    row: type[Row] = what.row if isinstance(what, Selector) else what
    assumed = min(rows_per_answer, payload.rows)
    parts = shape_of(row)
    embedded = set(_keys(part for part in parts if not isinstance(part, Column)))
    columns = set(payload.star_keys) - embedded or {"*"}
    reads = [
        _Read(read.table, _expanded(read.keys, columns), read.calls, read.rows)
        for read in map(_parse, statistics.statements)
        if read and read.table == (row.__schema__ or "public", row.__table__)
    ]
    keys, everything = _expanded(_keys(parts), columns), columns | embedded
    ours = _sum([read for read in reads if read.keys == keys], assumed, statistics.days)
    stars = _sum([read for read in reads if read.keys == everything], assumed, statistics.days)
    star, chosen = (each / max(payload.rows, 1) for each in (payload.star_bytes, payload.bytes))
    return Traffic(
        answers=ours.answers,
        gigabytes=ours.rows * chosen / _GIGABYTE,
        star_answers=stars.answers,
        star_gigabytes=stars.rows * star / _GIGABYTE,
        saved_gigabytes=stars.rows * (star - chosen) / _GIGABYTE,
        is_assumed=ours.is_assumed or stars.is_assumed,
    )


@dataclass(frozen=True, slots=True)
class _Read:
    table: tuple[str, str]
    keys: frozenset[str]
    calls: int
    rows: int | None


@dataclass(frozen=True, slots=True)
class _Sum:
    answers: float
    rows: float
    is_assumed: bool


def _expanded(keys: Iterable[str], columns: Iterable[str]) -> frozenset[str]:
    # `*` and the list of all columns are one statement to Postgres, shown as whichever came first.
    found = set(keys)
    return frozenset(found - {"*"} | set(columns) if "*" in found else found)


def _sum(reads: list[_Read], assumed: int, days: float) -> _Sum:
    months = max(days, 1e-9) / _DAYS_A_MONTH
    rows = sum(read.calls * assumed if read.rows is None else read.rows for read in reads)
    return _Sum(
        answers=sum(read.calls for read in reads) / months,
        rows=rows / months,
        is_assumed=any(read.rows is None for read in reads),
    )


def _parse(statement: Statement) -> _Read | None:
    # What is in parentheses - casts, embeds, conditions - says nothing of keys and tables.
    text, is_wrapped = _WRAPPER.subn("", statement.query, count=1)
    while (flatter := _NESTED.sub("", text)) != text:
        text = flatter
    found = _READ.match(text)
    # A count alone has no body.
    if found is None or (is_wrapped and "json_agg(" not in statement.query):
        return None
    keys = [_KEY.search(item) for item in _ITEM.findall(found[1])]
    return _Read(
        table=(found[2], found[3]),
        keys=frozenset(key[1] if key[2] is None else "*" for key in keys if key),
        calls=statement.calls,
        # PostgREST's one row an answer is a list of any length, or the object that was asked for.
        rows=None if is_wrapped and not _OBJECT.search(statement.query) else statement.rows,
    )


def _keys(parts: Iterable[Column | Embed]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Column) or part.key:
            yield part.key
        else:
            yield from _keys(part.columns)
