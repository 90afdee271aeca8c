"""
The strict parser: what it takes, and that nothing but AuthError comes out of it.
"""

import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from supaopt.auth._token import (
    Header,
    Rules,
    _read_canonical,
    _read_strictly,
    check,
    parse,
    read_header,
    read_object,
)
from supaopt.errors import AuthError, TokenExpiredError, TokenInvalidError

RULES = Rules(issuer="https://x.supabase.co/auth/v1")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)

SCALARS = [
    "null", "true", "0", "-0", "01", "7", "1.5", "1.50", "1e5", "1e999", "NaN", "-Infinity",
    "9" * 400, '""', '"a"', '"\\u0061"', '"\\ud800"', '"é"', '"\\u00e9"', '"\\/"', '"\x7f"', '"\t"',
]  # fmt: skip
NAMES = ['"a"', '"b"', '"\\u0061"', '"a" ', '"\\":1,\\"a"', '""']


def _object(members: list[tuple[str, str]]) -> str:
    return "{" + ",".join(f"{name}:{value}" for name, value in members) + "}"


JSON_TEXTS = st.recursive(
    st.sampled_from(SCALARS),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda values: f"[{','.join(values)}]")
        | st.lists(st.tuples(st.sampled_from(NAMES), inner), max_size=3).map(_object)
    ),
)


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@given(st.text(max_size=300))
@example("\ud800.\ud800.\ud800")
@example("e30.e30.A")
def test_any_text_is_parsed_or_refused(token: str) -> None:
    """No text makes the parser raise anything but AuthError."""
    with suppress(AuthError):
        parse(token)


@given(st.binary(max_size=80), st.binary(max_size=80), st.binary(max_size=80))
def test_any_bytes_in_three_parts_are_parsed_or_refused(a: bytes, b: bytes, c: bytes) -> None:
    """No content of three well-formed parts makes the parser raise anything but AuthError."""
    with suppress(AuthError):
        parse(".".join(map(b64, (a, b, c))))


@given(JSON, st.text(max_size=10))
def test_any_header_is_read_or_refused(header: Any, padding: str) -> None:
    """No JSON value in the header's place makes the parser raise anything but AuthError."""
    content = (json.dumps(header) + padding).encode("utf-8", "surrogatepass")
    with suppress(AuthError):
        parse(f"{b64(content)}.e30.AA")


@given(st.binary(max_size=120))
def test_what_is_parsed_has_one_spelling(content: bytes) -> None:
    """Of all texts that a lenient decoder reads as the same bytes, only one is accepted."""
    header = b64(b'{"alg":"ES256"}')
    text = b64(content)
    compact = parse(f"{header}.{text}.{text}")
    assert (content, content) == (compact.payload, compact.signature)
    if len(text) % 4:
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        other = text[:-1] + alphabet[alphabet.index(text[-1]) ^ 1]
        with pytest.raises(TokenInvalidError):
            parse(f"{header}.{other}.AA")


@given(st.text("ABCDQgwxyz019-_+/=. \n\u0131\ud800", max_size=12))
@example("QQ")
@example("QR")
@example("QQ==")
@example("Q")
@example("+/+/")
def test_a_part_is_what_its_content_encodes_to(text: str) -> None:
    """A part is read as the bytes whose base64url it is, to the letter, or refused."""
    header = b64(b'{"alg":"ES256"}')
    with suppress(AuthError):
        assert text == b64(parse(f"{header}.{text}.AA").payload)


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "{0}", "{0}.", ".{0}", "{0}.e30", "{0}..AA.", "{0}.e30.AA.", "{0}.e.30.A"],
)
def test_a_token_has_three_parts(token: str) -> None:
    """Fewer or more dots than two are refused, wherever they are."""
    with pytest.raises(TokenInvalidError) as caught:
        parse(token.format(b64(b'{"alg":"ES256"}')))
    assert "token_malformed" == caught.value.code


@pytest.mark.parametrize(
    "value",
    [
        "1b4e28ba2fa14d1e883f0016d3cca427",
        "{1b4e28ba-2fa1-4d1e-883f-0016d3cca427}",
        "urn:uuid:1b4e28ba-2fa1-4d1e-883f-0016d3cca427",
        "1b4e28ba-2fa1-4d1e-883f-0016d3cca427\n",
        "\n1b4e28ba-2fa1-4d1e-883f-0016d3cca427",
        "1b4e28ba-2fa1-4d1e-883f-0016d3cca42\u0667",
        "1b4e28ba-2fa1-4d1e-883f-0016d3cca42\ud800",
        "1b4e28ba-2fa1-4d1e-883f-0016d3cca42g",
        "",
        7,
        None,
        ["1b4e28ba-2fa1-4d1e-883f-0016d3cca427"],
    ],
)
@pytest.mark.parametrize("name", ["sub", "session_id"])
def test_an_id_is_a_uuid_in_its_usual_form(name: str, value: Any) -> None:
    """No other spelling of a UUID and nothing around one passes as an id."""
    uuid = "1B4E28ba-2fa1-4d1e-883f-0016d3cca427"
    good = {
        "iss": RULES.issuer, "aud": "authenticated", "role": "authenticated",
        "sub": uuid, "session_id": uuid, "iat": 900, "exp": 2_000,
    }  # fmt: skip
    check(good, RULES, 1_000.0)
    with pytest.raises(TokenInvalidError, match=name):
        check(good | {name: value}, RULES, 1_000.0)


@given(JSON)
def test_claims_of_any_shape_are_refused_or_pass(payload: Any) -> None:
    """No JSON value as payload makes the checks raise anything but AuthError."""
    content = json.dumps(payload).encode("utf-8", "surrogatepass")
    with suppress(AuthError):
        check(read_object(content), RULES, 1_000.0)


@given(JSON_TEXTS)
@example('{"a":1,"a":1}')
@example('{"a":{"a":1,"b":2,"a":1}}')
@example("[" * 150 + "]" * 150)
def test_the_quick_reader_takes_nothing_that_the_strict_one_refuses(text: str) -> None:
    """Text that the quick reader takes is read as the same values by the strict one."""
    with suppress(ValueError):
        quick = _read_canonical(text.encode())
        assert repr(_read_strictly(text.encode())) == repr(quick)


def test_tokens_as_supabase_writes_them_are_read_quickly() -> None:
    """Compact JSON with letters of any script needs no second reading."""
    claims = {"sub": "x", "exp": 1, "app_metadata": {"name": "Zoë", "flags": [True, None, 0.5]}}
    content = json.dumps(claims, separators=(",", ":"), ensure_ascii=False).encode()
    assert claims == _read_canonical(content)


@given(
    st.dictionaries(
        st.sampled_from(
            ["iss", "aud", "sub", "exp", "iat", "nbf", "role", "session_id", "amr", "client_id"]
        ),
        JSON,
    )
)
def test_hostile_claims_are_refused(changes: dict[str, Any]) -> None:
    """Good claims with any of them replaced never raise anything but AuthError."""
    uuid = "1b4e28ba-2fa1-4d1e-883f-0016d3cca427"
    good = {
        "iss": RULES.issuer, "aud": "authenticated", "role": "authenticated",
        "sub": uuid, "session_id": uuid, "iat": 900, "exp": 2_000,
    }  # fmt: skip
    check(good, RULES, 1_000.0)
    with suppress(AuthError):
        check(good | changes, RULES, 1_000.0)


def test_a_header_yields_algorithm_and_key() -> None:
    """Only alg and kid are read; where else keys might be is ignored."""
    header = read_header(b64(b'{"alg":"ES256","kid":"a","jku":"https://evil"}'))
    assert Header("ES256", "a") == header


def test_a_long_header_is_refused_before_it_is_read() -> None:
    """More than two kilobytes of header are no header of Supabase."""
    with pytest.raises(TokenInvalidError, match="too long"):
        read_header(b64(json.dumps({"alg": "ES256", "x": "a" * 2_000}).encode()))


@pytest.mark.parametrize(
    ("now", "error"),
    [
        (889, TokenInvalidError),
        (890, None),
        (1_000, None),
        (2_009.9, None),
        (2_010, TokenExpiredError),
    ],
)
def test_leeway_is_the_same_on_both_ends(now: float, error: type[AuthError] | None) -> None:
    """Ten seconds early and just under ten seconds late are taken for clock skew."""
    uuid = "1b4e28ba-2fa1-4d1e-883f-0016d3cca427"
    claims = {
        "iss": RULES.issuer, "aud": "authenticated", "role": "authenticated",
        "sub": uuid, "session_id": uuid, "iat": 900, "exp": 2_000,
    }  # fmt: skip
    if error is None:
        check(claims, RULES, now)
        return
    with pytest.raises(error) as caught:
        check(claims, RULES, now)
    assert error is type(caught.value)
