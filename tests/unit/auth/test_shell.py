"""
The whole way from a request to its caller.
"""

import inspect
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import field_validator

from supaopt.auth import (
    AsyncSupabaseAuth,
    AuthEvent,
    AuthResult,
    Claims,
    CustomJWTClaims,
    JwksPolicy,
    SupabaseAuth,
    active,
    any_of,
    enrolled,
    tenant,
)
from supaopt.errors import (
    ConfigError,
    ForbiddenError,
    KeysUnavailableError,
    TokenExpiredError,
    TokenInvalidError,
)
from supaopt.testing import FrozenClock, JwksServer, SigningKey

CLIENT = "9b2f8f5e-21c5-4e0a-8a52-3ad4a2c5c7f1"
ADMIN = {"user_role": "Admin", "client_id": CLIENT, "profile_is_active": True}


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_callers_user_and_claims_come_from_the_token(
    auth: Any, token_of: Callable[..., str]
) -> None:
    """An accepted request yields the user and the plan's claims."""
    caller = auth.request(_headers(token_of(ADMIN)), required_roles=["admin", "staff"])
    seen = (caller.user.email, caller.claims.user_role, str(caller.claims.client_id))
    assert ("ada@example.com", "Admin", CLIENT) == seen


def test_authentication_asks_nobody_once_the_keys_are_there(
    auth: Any, project: JwksServer, token_of: Callable[..., str]
) -> None:
    """A hundred callers with a hundred tokens cost no HTTP request and no database call."""
    auth.hydrate()
    before = project.hits
    for _ in range(100):
        auth.request(_headers(token_of(ADMIN)), any_of("admin") & active())
    assert before == project.hits


def test_the_first_token_fetches_the_keys_once(
    make_auth: Any, project: JwksServer, token_of: Callable[..., str]
) -> None:
    """Without hydrate the first of many requests fetches, and no other does."""
    auth, before = make_auth(), project.hits
    for _ in range(5):
        auth.request(_headers(token_of()))
    assert before + 1 == project.hits


def test_a_legacy_token_never_fetches_keys(
    auth: Any, project: JwksServer, token_of: Callable[..., str], secret_key: SigningKey
) -> None:
    """A token signed with the secret is verified by it alone."""
    before = project.hits
    auth.request(_headers(token_of(key=secret_key)))
    assert before == project.hits


@pytest.mark.parametrize("roles", [["student"], ["admins"], ["adm"], ["authenticated"]])
def test_a_missing_role_is_forbidden(
    roles: list[str], auth: Any, token_of: Callable[..., str]
) -> None:
    """A known caller without a required role gets 403, not 401; `role` is never a role."""
    with pytest.raises(ForbiddenError) as caught:
        auth.request(_headers(token_of(ADMIN)), required_roles=roles)
    assert (403, "role_required") == (caught.value.status, caught.value.code)


def test_roles_may_be_capitalised_in_any_way(auth: Any, token_of: Callable[..., str]) -> None:
    """Neither the token's spelling of a role nor the route's matters."""
    auth.request(_headers(token_of({"user_role": "STAFF"})), required_roles=["Staff"])


@pytest.mark.parametrize("roles", [[], "admin", [""], [None], ["admin", 3]])
def test_roles_that_cannot_be_meant_are_a_programming_error(
    roles: Any, auth: Any, token_of: Callable[..., str]
) -> None:
    """An empty list, one bare string or something else in place of a role name is refused."""
    with pytest.raises(ConfigError, match="roles"):
        auth.request(_headers(token_of(ADMIN)), required_roles=roles)


def test_guards_are_asked_again_for_a_remembered_token(
    auth: Any, token_of: Callable[..., str]
) -> None:
    """A token that passed one route's guards does not pass another's."""
    request = _headers(token_of(ADMIN))
    auth.request(request, any_of("admin"))
    with pytest.raises(ForbiddenError):
        auth.request(request, any_of("student"))


def test_a_remembered_token_expires_in_time(
    auth: Any, clock: FrozenClock, token_of: Callable[..., str]
) -> None:
    """A token that was verified while good is refused once it has expired."""
    request = _headers(token_of(lifetime=60))
    auth.request(request)
    clock.advance(71)
    with pytest.raises(TokenExpiredError):
        auth.request(request)


def test_a_remembered_token_dies_with_its_key(make_auth: Any, token_of: Callable[..., str]) -> None:
    """Once a key has left the key set, tokens it signed are refused, verified or not."""
    old, new = SigningKey.es256("old"), SigningKey.es256("new")
    with JwksServer(old) as server:
        auth = make_auth(url=server.url)
        request = _headers(token_of({"iss": server.issuer}, key=old))
        auth.request(request)
        server.rotate(new)
        auth.hydrate()
        with pytest.raises(TokenInvalidError) as caught:
            auth.request(request)
    assert "key_unknown" == caught.value.code


def test_a_key_swapped_under_the_same_name_ends_old_tokens(
    make_auth: Any, token_of: Callable[..., str]
) -> None:
    """A new key under an old name is another key."""
    old, new = SigningKey.es256("same"), SigningKey.es256("same")
    with JwksServer(old) as server:
        auth = make_auth(url=server.url)
        request = _headers(token_of({"iss": server.issuer}, key=old))
        auth.request(request)
        server.rotate(new)
        auth.hydrate()
        with pytest.raises(TokenInvalidError) as caught:
            auth.request(request)
    assert "signature_invalid" == caught.value.code


def test_a_rotation_is_noticed_by_the_first_new_token(
    make_auth: Any, token_of: Callable[..., str]
) -> None:
    """A token whose key is not in the set yet makes it be fetched, off cool-down."""
    old, new = SigningKey.es256("old"), SigningKey.es256("new")
    with JwksServer(old) as server:
        auth = make_auth(url=server.url, jwks=JwksPolicy(cooldown=1e-9))
        auth.request(_headers(token_of({"iss": server.issuer}, key=old)))
        server.rotate(old, new)
        auth.request(_headers(token_of({"iss": server.issuer}, key=new)))
        assert 2 == server.hits


def test_random_key_names_cost_one_fetch(
    make_auth: Any, project: JwksServer, token_of: Callable[..., str]
) -> None:
    """A flood of tokens with invented key names reaches the key endpoint once a cooldown."""
    auth = make_auth()
    auth.hydrate()
    before = project.hits
    for number in range(200):
        with pytest.raises(TokenInvalidError):
            auth.request(_headers(token_of(headers={"kid": f"invented-{number}"})))
    assert before == project.hits


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"keys": 1}', b"\xff", b""])
def test_a_project_without_readable_keys_is_unavailable(
    body: bytes, make_auth: Any, token_of: Callable[..., str]
) -> None:
    """When the key endpoint answers nonsense, nobody is let in and nobody is called a liar."""
    key = SigningKey.es256()
    with JwksServer(key) as server:
        server.body = body
        auth = make_auth(url=server.url)
        with pytest.raises(KeysUnavailableError) as caught:
            auth.request(_headers(token_of({"iss": server.issuer}, key=key)))
    assert 503 == caught.value.status


def test_a_dead_key_endpoint_is_unavailable(make_auth: Any, token_of: Callable[..., str]) -> None:
    """A refused connection is a 503 with its cause attached."""
    with JwksServer(SigningKey.es256()) as server:
        url = server.url
    auth = make_auth(url=url)
    with pytest.raises(KeysUnavailableError) as caught:
        auth.request(_headers(token_of({"iss": f"{url}/auth/v1"})))
    assert caught.value.__cause__ is not None


def test_purge_forgets_tokens_and_keys(
    make_auth: Any, project: JwksServer, token_of: Callable[..., str]
) -> None:
    """After purge even a remembered token is verified with freshly fetched keys."""
    auth, request = make_auth(), _headers(token_of())
    auth.request(request)
    before = project.hits
    auth.real.purge()
    auth.request(request)
    assert before + 1 == project.hits


def test_with_auth_passes_the_caller_behind_the_request(
    auth: Any, token_of: Callable[..., str]
) -> None:
    """A decorated handler gets the request, the caller, then its own arguments."""
    request = SimpleNamespace(headers=_headers(token_of(ADMIN)))

    if isinstance(auth.real, SupabaseAuth):

        @auth.real.with_auth(required_roles=["admin"])
        def handler(request: Any, caller: AuthResult[Any, Any], page: int, *, size: int) -> Any:
            return request, caller.user.email, page, size
    else:

        @auth.real.with_auth(required_roles=["admin"])
        async def handler(
            request: Any, caller: AuthResult[Any, Any], page: int, *, size: int
        ) -> Any:
            return request, caller.user.email, page, size

    assert (request, "ada@example.com", 2, 10) == auth.call(lambda: handler(request, 2, size=10))


def test_with_auth_keeps_strangers_out(auth: Any, token_of: Callable[..., str]) -> None:
    """A decorated handler does not run for a caller whom the guards refuse."""
    ran = []

    @auth.real.with_auth(any_of("admin"))
    def handler(request: Any, caller: AuthResult[Any, Any]) -> None:
        ran.append(request)

    request = SimpleNamespace(headers=_headers(token_of({"user_role": "student"})))
    with pytest.raises(ForbiddenError):
        auth.call(lambda: handler(request))
    assert [] == ran


def test_with_auth_refuses_bad_roles_when_it_decorates(auth: Any) -> None:
    """A mistake in a decorator shows at import, not in the first request."""
    with pytest.raises(ConfigError):
        auth.real.with_auth(required_roles="admin")


def test_a_check_is_asked_with_the_caller_every_time(
    auth: Any, token_of: Callable[..., str]
) -> None:
    """`enrolled` asks its function on every request, remembered token or not."""
    asked: list[Any] = []

    def check(caller: AuthResult[Any, Any]) -> bool:
        asked.append(caller.user.id)
        return len(asked) == 1

    request = _headers(token_of(ADMIN))
    caller = auth.request(request, enrolled(check))
    with pytest.raises(ForbiddenError, match="not enrolled"):
        auth.request(request, enrolled(check))
    assert [caller.user.id] * 2 == asked


@pytest.mark.parametrize("answer", [1, "yes", None, 0])
def test_only_true_enrols(answer: Any, auth: Any, token_of: Callable[..., str]) -> None:
    """A check that answers anything but True does not let a caller through."""
    with pytest.raises(ForbiddenError):
        auth.request(_headers(token_of()), enrolled(lambda _: answer))


def test_a_coroutine_check_is_awaited_or_refused(auth: Any, token_of: Callable[..., str]) -> None:
    """An async check works under AsyncSupabaseAuth and is a clear mistake under SupabaseAuth."""

    async def check(_: Any) -> bool:
        return True

    request = _headers(token_of())
    if isinstance(auth.real, AsyncSupabaseAuth):
        auth.request(request, enrolled(check))
    else:
        with pytest.raises(ConfigError, match="coroutine"):
            auth.request(request, enrolled(check))


def test_a_caller_can_be_asked_for_more_in_the_handler(
    auth: Any, token_of: Callable[..., str]
) -> None:
    """`caller.require` refuses a tenant that the path names and the token does not."""
    caller = auth.request(_headers(token_of(ADMIN)))
    caller.require(tenant(CLIENT))
    with pytest.raises(ForbiddenError) as caught:
        caller.require(tenant("c0ffee00-21c5-4e0a-8a52-3ad4a2c5c7f1"))
    assert "tenant_mismatch" == caught.value.code


def test_a_result_shows_neither_token_nor_client(auth: Any, token_of: Callable[..., str]) -> None:
    """The repr of a caller and of its user holds no part of the token."""
    token = token_of(ADMIN)
    caller = auth.request(_headers(token))
    auth.client(caller)
    assert [part for part in token.split(".") if part in repr(caller)] == []


def test_a_result_cannot_be_made_another(auth: Any, token_of: Callable[..., str]) -> None:
    """User, claims and what is inside them cannot be changed by a handler."""
    caller = auth.request(_headers(token_of({"app_metadata": {"roles": ["x"]}})))
    for change in (
        lambda: setattr(caller, "claims", None),
        lambda: setattr(caller.claims, "role", "service_role"),
        lambda: setattr(caller.user, "id", None),
        lambda: caller.claims.app_metadata.update(roles=["admin"]),
        lambda: caller.claims.app_metadata["roles"].append("admin"),
        lambda: caller.user.app_metadata.pop("roles"),
    ):
        with pytest.raises((AttributeError, TypeError, ValueError)):
            change()


def test_the_default_claims_are_the_generic_ones(
    make_auth: Any, token_of: Callable[..., str]
) -> None:
    """Without a model of one's own, claims are read as `Claims` and roles from user_role."""
    caller = make_auth(claims=None).request(
        _headers(token_of({"user_role": "editor"})), any_of("editor")
    )
    assert Claims is type(caller.claims)


def test_a_tenant_in_client_id_must_be_declared(
    make_auth: Any, token_of: Callable[..., str]
) -> None:
    """Where no tenant is kept in client_id, a token that has one is an OAuth application's."""
    with pytest.raises(TokenInvalidError) as caught:
        make_auth(claims=None).request(_headers(token_of({"client_id": CLIENT})))
    assert "oauth_client" == caught.value.code


@pytest.mark.parametrize("token", [None, b"a.b.c", 7])
def test_a_token_that_is_no_text_is_a_programming_error(token: Any, auth: Any) -> None:
    """Passing something else than a str says so, rather than that the caller is nobody."""
    with pytest.raises(ConfigError, match=f"not {type(token).__name__}"):
        auth.token(token)


class Generous(Claims):
    """Claims of somebody who adds to what a token says."""

    @field_validator("exp")
    @classmethod
    def _later(cls, value: int) -> int:
        return value + 1_000_000


def test_a_model_does_not_decide_when_a_token_expires(
    make_auth: Any, token_of: Callable[..., str], clock: FrozenClock
) -> None:
    """A token is remembered until its own exp, whatever a model makes of that claim."""
    auth, token = make_auth(claims=Generous, cache_ttl=1_000_000), token_of()
    first = auth.token(token)
    assert first.claims is auth.token(token).claims
    clock.advance(first.claims.exp - 1_000_000 - clock() + 10)
    with pytest.raises(TokenExpiredError):
        auth.token(token)


def test_with_auth_refuses_a_handler_that_nobody_awaits(make_auth: Any) -> None:
    """A blocking auth object does not decorate a coroutine function."""
    auth = make_auth().real

    async def handler(request: Any, caller: Any) -> None:
        raise AssertionError

    if isinstance(auth, SupabaseAuth):
        with pytest.raises(ConfigError, match="handler is async"):
            auth.with_auth()(handler)
    else:
        assert inspect.iscoroutinefunction(auth.with_auth()(handler))


def test_an_observer_hears_of_a_hook_that_fails(
    make_auth: Any, token_of: Callable[..., str]
) -> None:
    """A revocation hook that raises lets nobody in, and is told as an error of the server."""

    def is_revoked(_: Any) -> bool:
        raise OSError("down")

    events: list[AuthEvent] = []
    auth = make_auth(observe=events.append, is_revoked=is_revoked)
    with pytest.raises(OSError, match="down"):
        auth.request(_headers(token_of()))
    assert [("error", 500)] == [(event.outcome, event.status) for event in events]


def test_an_observer_hears_of_every_request(make_auth: Any, token_of: Callable[..., str]) -> None:
    """Accepted and refused requests are told with outcome and status."""
    events: list[AuthEvent] = []
    auth = make_auth(observe=events.append)
    auth.request(_headers(token_of()))
    for request in ({}, _headers("x")):
        with pytest.raises(TokenInvalidError):
            auth.request(request)
    told = [(event.outcome, event.status) for event in events]
    assert [("ok", 200), ("token_missing", 401), ("token_malformed", 401)] == told


def test_from_env_reads_the_usual_variables(project: JwksServer) -> None:
    """Both colours are made from the environment that Supabase's own tools write."""
    env = {"SUPABASE_URL": project.url + "/", "SUPABASE_ANON_KEY": "anon-key"}
    for made in (SupabaseAuth.from_env(env), AsyncSupabaseAuth.from_env(env)):
        assert isinstance(made, SupabaseAuth | AsyncSupabaseAuth)


def test_options_go_before_the_environment() -> None:
    """A key that is passed is used, whatever the environment has."""
    env = {
        "SUPABASE_URL": "https://x.supabase.co",
        "SUPABASE_PUBLISHABLE_KEY": "k",
        "SUPABASE_SECRET_KEY": "sb_secret_environment",
    }
    auth = SupabaseAuth.from_env(env, secret_key="sb_secret_passed")
    auth.require_key({"apikey": "sb_secret_passed"}, "secret")
    with pytest.raises(TokenInvalidError):
        auth.require_key({"apikey": "sb_secret_environment"}, "secret")


@pytest.mark.parametrize("missing", ["SUPABASE_URL", "SUPABASE_PUBLISHABLE_KEY"])
def test_from_env_names_what_is_missing(missing: str) -> None:
    """A missing variable is named in the error."""
    env = {"SUPABASE_URL": "https://x.supabase.co", "SUPABASE_PUBLISHABLE_KEY": "k"}
    del env[missing]
    with pytest.raises(ConfigError, match=missing):
        SupabaseAuth.from_env(env)


def test_both_colours_say_the_same() -> None:
    """`AsyncSupabaseAuth` has the methods and parameters of `SupabaseAuth`, close as aclose."""

    def shape(cls: type) -> dict[str, list[str]]:
        return {
            name.removeprefix("a") if name == "aclose" else name: list(
                inspect.signature(member).parameters
            )
            for name, member in vars(cls).items()
            if inspect.isfunction(member) and not name.startswith("_")
        }

    assert shape(SupabaseAuth) == shape(AsyncSupabaseAuth)


def test_the_plans_claims_are_exported() -> None:
    """`CustomJWTClaims` has the six claims of the plan's access-token hook."""
    own = set(CustomJWTClaims.model_fields) - set(Claims.model_fields)
    assert {
        "user_role", "client_id", "profile_is_active",
        "is_student", "job_readiness_star_level", "job_readiness_tier",
    } == own  # fmt: skip
