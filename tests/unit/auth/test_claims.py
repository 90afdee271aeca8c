"""
Claims as values: strict, immutable, extensible.
"""

import copy
import json
import pickle
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from supaopt.auth import Claims, CustomJWTClaims, SupabaseAuth
from supaopt.auth._claims import decode, user_of
from supaopt.errors import ConfigError, TokenInvalidError

SUB = "1b4e28ba-2fa1-4d1e-883f-0016d3cca427"
GOOD: dict[str, Any] = {
    "iss": "i", "sub": SUB, "aud": "authenticated", "exp": 2, "iat": 1,
    "role": "authenticated", "session_id": SUB,
}  # fmt: skip

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab\u00e9", max_size=3), inner)
    ),
    max_leaves=12,
)


class AppClaims(Claims, roles="app_metadata.role", tenants=["org_id"], active="is_ok"):
    """Claims of an application."""

    org_id: UUID | None = None
    seats: int = Field(default=0, alias="app_seats")


def _payload(**more: Any) -> bytes:
    return json.dumps(GOOD | more).encode()


def test_declared_claims_have_their_types() -> None:
    """A user's own model gives typed claims, by alias too."""
    claims = decode(AppClaims, _payload(org_id=SUB, app_seats=3))
    assert (UUID(SUB), 3) == (claims.org_id, claims.seats)


def test_undeclared_claims_stay_readable() -> None:
    """What a model does not declare is an attribute all the same."""
    assert "free" == decode(Claims, _payload(plan="free")).plan  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "value"),
    [("app_seats", "3"), ("app_seats", 3.0), ("app_seats", True), ("org_id", 7), ("email", 1)],
)
def test_a_claim_of_another_type_is_named(name: str, value: Any) -> None:
    """No string passes for a number; the error names the claim and not its value."""
    with pytest.raises(TokenInvalidError, match=name) as caught:
        decode(AppClaims, _payload(**{name: value}))
    assert "claims_invalid" == caught.value.code


def test_everything_inside_claims_is_immutable() -> None:
    """Lists become tuples and objects refuse changes, at any depth, declared or not."""
    claims: Any = decode(Claims, _payload(app_metadata={"a": [{"b": []}]}, extra={"c": [1]}))
    assert ({"a": ({"b": ()},)}, {"c": (1,)}) == (claims.app_metadata, claims.extra)
    for change in (
        claims.app_metadata.clear,
        lambda: claims.app_metadata["a"][0].update(b=1),
        lambda: claims.extra.setdefault("d", 1),
        lambda: claims.extra.__setitem__("c", ()),
        lambda: claims.extra.__delitem__("c"),
        lambda: claims.extra.__ior__({}),
        claims.extra.popitem,
    ):
        with pytest.raises(TypeError, match="cannot be changed"):
            change()


def _split(value: Any) -> Any:
    return value.split() if isinstance(value, str) else value


class Typed(Claims):
    """Claims whose types say that they hold lists, or do not say it."""

    listed: list[Any] = Field(default_factory=list)
    maybe: list[Any] | None = None
    anything: Any = None
    made: Annotated[str, AfterValidator(_split)] = ""
    half_made: Annotated[str, AfterValidator(_split)] | None = None
    as_set: set[str] = Field(default_factory=set)
    in_tuple: tuple[Any, ...] = ()
    in_pair: tuple[str, list[int]] | None = None
    noted: tuple[Annotated[list[str], {"unhashable": "note"}], ...] = ()
    by_default: str = Field(default=[])
    by_factory: str = Field(default_factory=list)  # type: ignore[assignment]  # a lie, as above


def _mutable_parts(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        if type(value) in {dict, list, set}:
            yield value
        elif isinstance(value, (dict, tuple)):
            yield from _mutable_parts(value.values() if isinstance(value, dict) else value)


class Validated(Claims):
    """Claims that a validator turns into something else than their type says."""

    words: str = ""

    @field_validator("words")
    @classmethod
    def _words(cls, value: str) -> Any:
        return value.split()


class Finished(Claims):
    """Claims that are changed when everything is read."""

    words: str = ""

    def model_post_init(self, _context: Any) -> None:
        vars(self)["words"] = ["a", "b"]


@pytest.mark.parametrize(
    ("model", "claims"),
    [
        (Typed, {"listed": [1], "maybe": [1], "anything": {"a": [1]}}),
        (Typed, {"made": "a b", "half_made": "a b"}),
        (Typed, {"as_set": ["a"], "in_tuple": [[1], {"a": []}], "in_pair": ["a", [1]]}),
        (Typed, {"noted": [["a"]]}),
        (Typed, {}),
        (Validated, {"words": "a b"}),
        (Finished, {}),
    ],
)
def test_no_claim_is_mutable_whatever_its_type_says(
    model: type[Claims], claims: dict[str, Any]
) -> None:
    """Neither validators nor defaults nor loose types bring a mutable claim into a request."""
    assert [] == list(_mutable_parts(vars(decode(model, _payload(**claims))).values()))


@pytest.mark.parametrize("model", [Claims, Typed])
@given(value=JSON)
def test_frozen_claims_say_what_the_token_says(model: type[Claims], value: Any) -> None:
    """Whatever JSON a claim holds, declared or not, it is the same when it is frozen."""
    claims: Any = decode(model, _payload(anything=value, app_metadata={"a": value}))
    held = [claims.anything, claims.app_metadata["a"]]
    assert [] == list(_mutable_parts(held))
    assert [json.dumps(value)] * 2 == [json.dumps(each) for each in held]


def test_the_deepest_claim_is_frozen() -> None:
    """As deep as a payload may go, there is no level at which freezing ends."""
    value: Any = [[]]
    for level in range(90):
        value = [value] if level % 2 else {"a": value}
    claims: Any = decode(Claims, _payload(extra=value))
    assert [] == list(_mutable_parts([claims.extra]))
    assert json.dumps(value) == json.dumps(claims.extra)


def test_a_default_is_not_shared_mutably() -> None:
    """Metadata that a token does not have is an empty dict that refuses changes."""
    claims = decode(Claims, _payload())
    with pytest.raises(TypeError, match="cannot be changed"):
        claims.app_metadata["role"] = "admin"
    assert {} == decode(Claims, _payload()).app_metadata


def test_claims_still_serialise() -> None:
    """Frozen claims dump to JSON as they came."""
    payload = _payload(app_metadata={"a": [1, {"b": None}]})
    dumped = json.loads(decode(Claims, payload).model_dump_json(exclude_unset=True))
    assert json.loads(payload) == dumped


@pytest.mark.parametrize(
    "again",
    [
        lambda claims: pickle.loads(pickle.dumps(claims)),
        copy.copy,
        copy.deepcopy,
        lambda claims: claims.model_copy(deep=True),
    ],
    ids=["pickled", "copied", "copied deeply", "model_copy"],
)
def test_a_copy_of_claims_is_as_frozen(again: Callable[[Claims], Claims]) -> None:
    """Claims can be copied and handed to another process, and no copy can be changed."""
    claims = decode(CustomJWTClaims, _payload(app_metadata={"a": [{"b": 1}]}, plan={"c": [1]}))
    copied = again(claims)
    assert claims == copied
    undeclared = copied.__pydantic_extra__ or {}
    assert [] == list(_mutable_parts([*vars(copied).values(), *undeclared.values()]))


def test_a_schema_describes_claims() -> None:
    """A model of claims has a JSON schema, in which metadata are objects of any content."""
    properties = AppClaims.model_json_schema()["properties"]
    assert "object" == properties["app_metadata"]["type"]
    assert {"app_seats", "org_id", "user_metadata"} <= properties.keys()


def test_values_stay_out_of_the_cache_of_strings() -> None:
    """The process-wide cache of pydantic, which outlives requests, gets no address of anybody's."""
    first, second = (decode(Claims, _payload(email="ada@example.org")) for _ in range(2))
    assert first.email == second.email
    assert first.email is not second.email


def test_a_user_has_no_blank_addresses() -> None:
    """Supabase's empty strings for a missing e-mail or phone become None."""
    user = user_of(decode(Claims, _payload(email="", phone="")))
    assert (UUID(SUB), None, None) == (user.id, user.email, user.phone)


def test_a_user_shows_no_metadata() -> None:
    """The repr of a user holds what a log may hold."""
    user = user_of(decode(Claims, _payload(user_metadata={"secret": "s3cret"})))
    assert "s3cret" not in repr(user)


class Thawed(Claims):
    """Claims that somebody made mutable."""

    model_config = ConfigDict(frozen=False)


@pytest.mark.parametrize("model", [dict, BaseModel, "Claims", Thawed])
def test_a_model_must_be_frozen_claims(model: Any) -> None:
    """Something else than a frozen subclass of Claims is refused when auth is made."""
    with pytest.raises(ConfigError):
        SupabaseAuth("https://x.supabase.co", publishable_key="k", claims=model)


def test_subclasses_inherit_what_the_guards_read() -> None:
    """A subclass of one's claims keeps its roles, tenants and active claim."""

    class More(AppClaims):
        pass

    assert (("app_metadata.role",), ("org_id",), "is_ok") == (
        More.roles_from,
        More.tenants_from,
        More.active_from,
    )
