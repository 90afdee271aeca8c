"""
A compact JWS, read strictly, and the claims that every Supabase user token must make.

Nothing here asks what time it is or fetches a key: both are arguments.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from pydantic_core import SchemaValidator, ValidationError, from_json, to_json
from pydantic_core.core_schema import CoreConfig, bytes_schema, str_schema

from supaopt.errors import TokenExpiredError, TokenInvalidError

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_TOKEN_LENGTH = 16_384
_MAX_HEADER_LENGTH = 2_048
# uuid.UUID would also take braces, URNs, bare hex and digits of any script. pydantic matches a
# pattern in a third of the time that re takes.
_UUID = r"\A[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\z"
_is_uuid = SchemaValidator(str_schema(pattern=_UUID, strict=True)).isinstance_python
_LAST_SECOND = 253_402_300_799  # of the year 9999: later times are no times

# pydantic's decoder refuses what is not canonical in a fifth of the time that binascii takes. It
# also reads the classic alphabet and padding, which are refused before.
_decoder: Any = SchemaValidator(
    bytes_schema(), CoreConfig(val_json_bytes="base64", hide_input_in_errors=True)
)
_read_base64: Callable[[str], bytes] = _decoder.validate_strings  # typed for mappings alone


class Header(NamedTuple):
    """
    The two members of a JOSE header that are ever read.
    """

    alg: str
    kid: str | None


class Compact(NamedTuple):
    """
    A token taken apart, nothing about it believed yet.
    """

    header: Header
    signed: bytes
    payload: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """
    What a project's tokens must say.

    Attributes:
        issuer: Exact ``iss``.
        audience: Value that ``aud`` must be or contain.
        roles: Postgres roles that stand for a signed-in user.
        leeway: Seconds that clocks may differ.
        tenant_is_client_id: Whether the project keeps a tenant in ``client_id``, where Supabase's
            OAuth server otherwise puts the application that a token was minted for.
    """

    issuer: str
    audience: str = "authenticated"
    roles: frozenset[str] = frozenset({"authenticated"})
    leeway: int = 10
    tenant_is_client_id: bool = False


def parse(token: str) -> Compact:
    """
    Take a compact JWS apart.

    Raises:
        TokenInvalidError: It is not one, or not in its only canonical spelling.
    """
    if len(token) > MAX_TOKEN_LENGTH:
        raise TokenInvalidError(
            f"the token is longer than {MAX_TOKEN_LENGTH} characters", code="token_too_long"
        )
    if not token.isascii():  # an error of encode would quote all of it
        _malformed("it is not three dot-separated base64url parts")
    signed, _, signature = token.rpartition(".")
    header, dot, payload = signed.partition(".")
    if not dot:  # a third one is in the payload, whose alphabet has none
        _malformed("it is not three dot-separated base64url parts")
    return Compact(read_header(header), signed.encode(), _decode(payload), _decode(signature))


@lru_cache(maxsize=64)  # a project's tokens share one header per key
def read_header(segment: str) -> Header:
    """
    Read a JOSE header from its base64url *segment*.

    Raises:
        TokenInvalidError: It is malformed, or asks for an extension.
    """
    if len(segment) > _MAX_HEADER_LENGTH:
        _malformed("its header is too long")
    header = read_object(_decode(segment))
    if "crit" in header or "b64" in header:
        _malformed("its header asks for extensions that Supabase does not use")
    alg, kid = header.get("alg"), header.get("kid")
    if not isinstance(alg, str) or not (kid is None or isinstance(kid, str)):
        _malformed("its header names no algorithm, or no key")
    return Header(alg, kid)


def read_object(content: bytes) -> dict[str, Any]:
    """
    Read a JSON object, refusing what parsers disagree about.

    Duplicate members, ``NaN``, infinities and anything that is not UTF-8 are read differently by
    different parsers, so a token that holds them is nobody's.

    Raises:
        TokenInvalidError: It is not such an object.
    """
    try:
        value = _read_canonical(content)
    except ValueError:  # written in another way, or not clean
        value = _read_strictly(content)
    if not isinstance(value, dict):
        _malformed("it holds no clean JSON object")
    return value


def _read_canonical(content: bytes) -> Any:
    # The fast reader keeps the last of duplicate members. What it wrote back to the very same
    # bytes had none, and is read alike by everybody.
    value = from_json(content, allow_inf_nan=False, cache_strings="keys")
    if to_json(value) != content:
        raise ValueError
    return value


def _read_strictly(content: bytes) -> Any:
    # No error comes out of here: those of the decoders quote what they were given.
    value = None
    with suppress(ValueError, RecursionError):
        value = _JSON.decode(content.decode())
    return value


def check(claims: dict[str, Any], rules: Rules, now: float) -> None:
    """
    Refuse claims that are not those of a user of this project, at this time.

    Args:
        claims: Decoded payload whose signature is verified.
        rules: What the project demands.
        now: Seconds since the epoch.

    Raises:
        TokenExpiredError: Everything is right but the time.
        TokenInvalidError: Anything else is wrong; ``code`` says what.
    """
    _check_origin(claims, rules)
    _check_is_user(claims, rules)
    _check_times(claims, rules.leeway, now)


def _check_origin(claims: dict[str, Any], rules: Rules) -> None:
    if claims.get("iss") != rules.issuer:
        raise TokenInvalidError("the token comes from another issuer", code="issuer_mismatch")
    audience = claims.get("aud")
    if audience != rules.audience and not (
        isinstance(audience, list) and rules.audience in audience
    ):
        raise TokenInvalidError("the token is for another audience", code="audience_mismatch")


def _check_is_user(claims: dict[str, Any], rules: Rules) -> None:
    role = claims.get("role")
    if not isinstance(role, str) or role not in rules.roles:
        raise TokenInvalidError("the token is not a signed-in user's", code="not_a_user")
    if _minted_for_application(claims, rules):
        raise TokenInvalidError(
            "the token was issued to an OAuth application, not to the user", code="oauth_client"
        )
    for name in ("sub", "session_id"):
        if not _is_uuid(claims.get(name)):
            raise TokenInvalidError(f"the token's {name} is no UUID", code="claims_invalid")


def _minted_for_application(claims: dict[str, Any], rules: Rules) -> bool:
    if "scope" in claims:
        return True
    if not rules.tenant_is_client_id and claims.get("client_id") is not None:
        return True
    methods = claims.get("amr")
    for method in methods if isinstance(methods, list) else ():
        if isinstance(method, dict) and str(method.get("method")).startswith("oauth_provider/"):
            return True
    return False


def _check_times(claims: dict[str, Any], leeway: int, now: float) -> None:
    expires, issued = _time(claims, "exp"), _time(claims, "iat")
    if expires <= issued:
        raise TokenInvalidError("the token expires before it was issued", code="claims_invalid")
    if issued > now + leeway:
        raise TokenInvalidError("the token was issued in the future", code="token_not_yet_valid")
    if claims.get("nbf") is not None and _time(claims, "nbf") > now + leeway:
        raise TokenInvalidError("the token is not valid yet", code="token_not_yet_valid")
    if now >= expires + leeway:
        raise TokenExpiredError("the token has expired; refresh the session")


def _time(claims: dict[str, Any], name: str) -> int:
    value = claims.get(name)
    if type(value) is not int or not 0 < value <= _LAST_SECOND:
        raise TokenInvalidError(f"the token's {name} is no time", code="claims_invalid")
    return value


def _decode(segment: str) -> bytes:
    if "+" in segment or "/" in segment or "=" in segment:
        _malformed("its base64url is not canonical")
    try:
        return _read_base64(segment)
    except ValidationError:
        _malformed("it is not three dot-separated base64url parts")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError
    return members


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise ValueError
    return number


def _malformed(why: str) -> NoReturn:
    raise TokenInvalidError(f"the token is malformed: {why}", code="token_malformed") from None


_JSON = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite
)
