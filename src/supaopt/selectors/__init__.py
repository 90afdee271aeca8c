"""
Named, typed column sets in place of ``select('*')``.

A `Row` class is a column set and the type of its rows; a `Selector` is its text, which
supabase-py takes as it is; `select` returns the rows typed. `SELECTORS` holds those of the
bundled example, a learning platform.
"""

from typing import TYPE_CHECKING

from supaopt.selectors._catalog import Catalog, CatalogColumn, CatalogKey, CatalogTable
from supaopt.selectors._check import Finding, check
from supaopt.selectors._col import Col
from supaopt.selectors._filters import Where, where
from supaopt.selectors._find import find_rows
from supaopt.selectors._generate import generate
from supaopt.selectors._payload import Payload, measure
from supaopt.selectors._plan import RowCapWarning
from supaopt.selectors._result import Result
from supaopt.selectors._row import Row
from supaopt.selectors._selector import Entity, Selector
from supaopt.selectors._shell import AsyncCall, AsyncQuery, Call, Query, select
from supaopt.selectors._traffic import Statement, Statistics, Traffic, estimate
from supaopt.selectors._write import AsyncWrite, Write, delete, insert, update, upsert

if TYPE_CHECKING:
    from supaopt.selectors.lms import SELECTORS

__all__ = [
    "SELECTORS",
    "AsyncCall",
    "AsyncQuery",
    "AsyncWrite",
    "Call",
    "Catalog",
    "CatalogColumn",
    "CatalogKey",
    "CatalogTable",
    "Col",
    "Entity",
    "Finding",
    "Payload",
    "Query",
    "Result",
    "Row",
    "RowCapWarning",
    "Selector",
    "Statement",
    "Statistics",
    "Traffic",
    "Where",
    "Write",
    "check",
    "delete",
    "estimate",
    "find_rows",
    "generate",
    "insert",
    "measure",
    "select",
    "update",
    "upsert",
    "where",
]


def __getattr__(name: str) -> object:
    # The example's thirty row classes take longer to build than all the rest: on demand only.
    if name == "SELECTORS":
        from supaopt.selectors import lms  # noqa: PLC0415

        return lms.SELECTORS
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
