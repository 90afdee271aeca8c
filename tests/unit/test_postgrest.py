"""
What PostgREST's answers mean.
"""

import gc
import json
import math
import os
import pickle
import subprocess
import sys
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel, Field, Json, TypeAdapter

from supaopt import _postgrest
from supaopt._wire import Response
from supaopt.errors import (
    BadGatewayError,
    ConfigError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    ResponseError,
    StatementTimeoutError,
)


def answer(status: int, content: bytes = b"", kind: str = "application/json") -> Response:
    """Return an answer of PostgREST."""
    return Response(status=status, headers={"content-type": kind}, content=content)


def refused(status: int, code: str) -> Response:
    """Return a refusal with PostgREST's error body."""
    body = f'{{"code":"{code}","message":"no","details":"d","hint":"h"}}'
    return answer(status, body.encode())


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (409, "23505", ConflictError),
        (409, "23503", ConflictError),
        (400, "23502", ResponseError),
        (400, "23514", ResponseError),
        (400, "40001", ConflictError),
        (403, "42501", PermissionDeniedError),
        (400, "42703", NotFoundError),
        (404, "42P01", NotFoundError),
        (404, "PGRST202", NotFoundError),
        (404, "PGRST205", NotFoundError),
        (406, "PGRST116", NotFoundError),
        (300, "PGRST201", ResponseError),
        (300, "PGRST203", ResponseError),
        (401, "PGRST301", PermissionDeniedError),
        (401, "PGRST303", PermissionDeniedError),
        (500, "57014", StatementTimeoutError),
        (400, "22P02", ResponseError),
        (400, "P0001", ResponseError),
        (403, "XX999", PermissionDeniedError),
    ],
)
def test_a_refusal_is_an_error_of_what_to_do_next(
    status: int, code: str, expected: type[ResponseError]
) -> None:
    """SQLSTATE or PostgREST code decides on the class, and the status where the code is unknown."""
    error = _postgrest.refusal(refused(status, code))
    assert type(error) is expected
    assert (error.status, error.code, error.details, error.hint) == (status, code, "d", "h")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, PermissionDeniedError),
        (404, NotFoundError),
        (414, ResponseError),
        (429, BadGatewayError),
        (502, BadGatewayError),
        (503, BadGatewayError),
        (504, StatementTimeoutError),
        (307, BadGatewayError),
    ],
)
def test_a_refusal_without_a_body_is_told_by_its_status(
    status: int, expected: type[ResponseError]
) -> None:
    """A proxy's page is no PostgREST error; its status is all there is."""
    error = _postgrest.refusal(answer(status, b"<html>", "text/html"))
    assert type(error) is expected
    assert error.status == status


def test_a_page_with_status_200_is_no_data() -> None:
    """A success that is no JSON raises, where supabase-py returns it as rows."""
    with pytest.raises(BadGatewayError) as caught:
        _postgrest.body(answer(200, b"<html>maintenance</html>", "text/html"))
    assert "text/html" in str(caught.value)


def test_a_success_without_content_is_empty() -> None:
    """204 has no body and needs no content type."""
    assert _postgrest.body(answer(204, b"", "")) == b""


def test_json_comes_back_unparsed() -> None:
    """The body of a success is handed on as bytes, whatever kind of JSON it is."""
    kind = "application/vnd.pgrst.object+json; charset=utf-8"
    assert _postgrest.body(answer(200, b'{"a":1}', kind)) == b'{"a":1}'


def test_an_error_crosses_a_process_pool() -> None:
    """A mapped error unpickles with everything it carries, as APIError does not."""
    error = _postgrest.refusal(refused(409, "23505"))
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error) == "no [23505] (hint: h)"
    assert (again.status, again.code) == (409, "23505")


@pytest.mark.parametrize(
    ("header", "expected"),
    [("0-9/57", 57), ("*/0", 0), ("0-9/*", None), ("", None), ("junk", None)],
)
def test_the_count_is_read_from_content_range(header: str, expected: int | None) -> None:
    """The part after the slash is the count, when it is a number."""
    response = Response(status=200, headers={"content-range": header}, content=b"[]")
    assert _postgrest.total(response) == expected


class Person(BaseModel):
    """A row with a secret in it."""

    id: int
    email: int


def test_an_answer_of_another_shape_names_the_fields_and_no_value() -> None:
    """What does not fit is told by column and reason; the data stay out, of the cause too."""
    with pytest.raises(ConfigError) as caught:
        _postgrest.decode(
            b'[{"id":"x","email":"ann@example.com"}]',
            TypeAdapter(list[Person]),
            what="Person",
            source="people",
        )
    assert "Person does not fit what people returned: id in row 1: " in str(caught.value)
    assert "email in row 1: " in str(caught.value)
    assert "ann@example.com" not in str(caught.value)
    assert caught.value.__cause__ is None


class _Cat(BaseModel):
    kind: Literal["cat"]


class _Dog(BaseModel):
    kind: Literal["dog"]


class _Box(BaseModel):
    data: Json[int]


@pytest.mark.parametrize(
    ("annotation", "content", "expected"),
    [
        (
            list[Annotated[_Cat | _Dog, Field(discriminator="kind")]],
            b'[{"kind": "s3cr3t"}]',
            "the answer in row 1: Its tag is none of those expected",
        ),
        (dict[str, int], b'{"s3cr3t": "s3cr3t"}', "*: Input should be a valid integer"),
        (dict[int, str], b'{"s3cr3t": "s3cr3t"}', "*.*: Input should be a valid integer"),
        (Annotated[str, AfterValidator(int)], b'"s3cr3t"', "the answer: a validator refuses it"),
        (_Box, b'{"data": "s3cr3t"}', "data: Invalid JSON"),
    ],
    ids=["tag", "value", "key", "validator", "json"],
)
def test_no_misfit_tells_a_value(annotation: Any, content: bytes, expected: str) -> None:
    """Tags, keys of data and what validators say of a value stay out of it, too."""
    with pytest.raises(ConfigError) as caught:
        _postgrest.decode(content, TypeAdapter(annotation), what="X", source="f")
    assert expected in str(caught.value)
    assert "s3cr3t" not in str(caught.value)


def test_a_misfit_names_the_first_row_of_each_column() -> None:
    """Where to look, and in how many rows; a value that is no list of rows has no number."""

    def told(content: bytes, kind: Any) -> str:
        with pytest.raises(ConfigError) as caught:
            _postgrest.decode(content, TypeAdapter(kind), what="X", source="t")
        return str(caught.value).partition("returned: ")[2]

    fine, wrong = b'{"id":1,"email":1}', b'{"id":1,"email":null}'
    rows = b"[" + b",".join([fine, fine, wrong, fine, wrong, wrong]) + b"]"
    assert told(rows, list[Person]).startswith("email in row 3 and 2 more: Input should")
    assert told(wrong, Person).startswith("email: Input should")
    assert told(b'["x"]', list[int]).startswith("the answer in row 1: Input should")
    assert told(b'"x"', int).startswith("the answer: Input should")
    nested = b'[[{"id":1,"email":1},{"id":1,"email":"x"}]]'
    assert told(nested, list[list[Person]]).startswith("email in row 1: Input should")


class Price(BaseModel):
    """A row with every kind of number."""

    amount: Decimal
    rate: float = 0.0
    number: int = 0
    name: str = ""


def test_every_digit_of_a_decimal_arrives() -> None:
    """Numbers that a float would round stay whole, beside floats and texts that look like them."""
    content = (
        b'[{"amount":-123456789012345678901234567890.123456789,"rate":0.30000000000000004,'
        b'"number":123456789012345678901234567890,'
        b'"name":"\\"1.23456789012345678901\\\\"}, {"amount" : 1.5e0}]'
    )
    adapter = TypeAdapter(list[Price])
    found = _postgrest.decode(content, adapter, what="Price", source="t", exact=True)
    assert [
        Price(
            amount=Decimal("-123456789012345678901234567890.123456789"),
            rate=0.30000000000000004,
            number=123456789012345678901234567890,
            name='"1.23456789012345678901\\',
        ),
        Price(amount=Decimal("1.5")),
    ] == found


NUMBERS = st.decimals(allow_nan=False, allow_infinity=False).map(lambda value: format(value, "f"))


@given(numbers=st.lists(NUMBERS), text=st.text(), rate=st.floats(allow_nan=False))
def test_exact_reading_changes_nothing_else(numbers: list[str], text: str, rate: float) -> None:
    """Any Decimal arrives as it was written, any text and any float as they were."""
    rate = rate if math.isfinite(rate) else 0.0
    rows = [
        f'{{"amount":{number},"rate":{rate!r},"name":{json.dumps(text)}}}' for number in numbers
    ]
    content = f"[{','.join(rows)}]".encode()
    adapter = TypeAdapter(list[Price])
    found = _postgrest.decode(content, adapter, what="Price", source="t", exact=True)
    assert [(Decimal(number), rate, text) for number in numbers] == [
        (row.amount, row.rate, row.name) for row in found
    ]


def test_a_long_number_beside_a_decimal_is_text() -> None:
    """What no float holds stays whole in `Any`, too; what one holds stays a number."""
    found = _postgrest.decode(
        b'{"amount": 1, "meta": [0.12345678901234567890, 0.1234567890123456, 0.5]}',
        TypeAdapter(dict[str, Any]),
        what="Price",
        source="t",
        exact=True,
    )
    assert ["0.12345678901234567890", 0.1234567890123456, 0.5] == found["meta"]


PIECES = st.sampled_from(
    [
        '"',
        "\\\\",
        "-",
        "1.23456789012345678901",
        "12345678901234567890",
        "e5",
        ".",
        "[",
        "]",
        ",",
        " ",
    ]
)


@example("12345678901234567890.")
@example("00.12345678901234567890")
@example("1.2345678901234567890e999999999999999999999")
@given(st.lists(PIECES, max_size=12).map("".join))
def test_exact_reading_mends_and_breaks_nothing(text: str) -> None:
    """What is no JSON stays none, and what is JSON stays it."""

    def outcome(*, exact: bool) -> object:
        try:
            return _postgrest.decode(
                text.encode(), TypeAdapter(Any), what="Any", source="t", exact=exact
            )
        except BadGatewayError:
            return BadGatewayError

    assert (outcome(exact=True) is BadGatewayError) == (outcome(exact=False) is BadGatewayError)


@pytest.mark.parametrize("content", [b'[{"id":1', b"", b"<html>"])
def test_json_that_is_cut_short_is_a_bad_gateway(content: bytes) -> None:
    """A body that ends early is no mistake of the program."""
    with pytest.raises(BadGatewayError) as caught:
        _postgrest.decode(content, TypeAdapter(list[int]), what="int", source="t")
    assert "no JSON" in str(caught.value)


@pytest.mark.parametrize("content", [b"[" + b"1," * 20_000 + b"1]", b"[" + b"1," * 20_000, b"[1]"])
@pytest.mark.parametrize("before", [True, False])
def test_the_collector_is_afterwards_as_it_was_before(content: bytes, before: bool) -> None:  # noqa: FBT001
    """Decoding many rows pauses garbage collection and no more than that, errors included."""
    (gc.enable if before else gc.disable)()
    try:
        _postgrest.decode(content, TypeAdapter(list[int]), what="int", source="t")
    except BadGatewayError:
        assert content.endswith(b",")
    finally:
        after = gc.isenabled()
        gc.enable()
    assert after is before


@given(
    status=st.integers(200, 599),
    content=st.binary(max_size=64),
    kind=st.sampled_from(["application/json", "text/html", ""]),
)
def test_no_answer_breaks_the_reader(status: int, content: bytes, kind: str) -> None:
    """Whatever arrives, it is a body or a ResponseError."""
    try:
        outcome: object = _postgrest.body(answer(status, content, kind))
    except ResponseError as error:
        outcome = error.status
    assert outcome in (content, status)


FORK_WITHIN_A_PAUSE = """
import gc, os, threading
from pydantic import TypeAdapter
from supaopt import _postgrest

class Slow:
    @classmethod
    def __get_pydantic_core_schema__(cls, source, handler):
        from pydantic_core import core_schema
        return core_schema.no_info_plain_validator_function(cls.wait)

    @staticmethod
    def wait(value):
        inside.set()
        done.wait()
        return value

inside, done = threading.Event(), threading.Event()
content = b"[" + b" " * 20_000 + b"1]"
decode = lambda: _postgrest.decode(content, TypeAdapter(list[Slow]), what="x", source="t")
thread = threading.Thread(target=decode)
thread.start()
inside.wait()
assert not gc.isenabled()
child = os.fork()
if child == 0:
    os._exit(0 if gc.isenabled() else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), gc.isenabled())
done.set()
thread.join()
print(gc.isenabled())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_a_process_that_is_forked_meanwhile_collects_garbage() -> None:
    """The thread that would turn the collector on again is not in the child."""
    finished = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORK_WITHIN_A_PAUSE],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ["0", "False", "True"] == finished.stdout.split()
