"""
What type checkers say about `supaopt.auth`; checked, never run.
"""

from typing import Annotated, Any, assert_type
from uuid import UUID

from fastapi import Depends
from starlette.requests import Request
from supabase import AsyncClient, Client

from supaopt.auth import (
    AsyncSupabaseAuth,
    AuthResult,
    Claims,
    CustomJWTClaims,
    SupabaseAuth,
    active,
    any_of,
    enrolled,
)
from supaopt.contrib import fastapi, flask


class AppClaims(Claims, roles="app_role", tenants=["org_id"]):
    org_id: UUID | None = None


plain = SupabaseAuth("https://x.supabase.co", publishable_key="k")
assert_type(plain, SupabaseAuth[Claims])
auth = SupabaseAuth("https://x.supabase.co", publishable_key="k", claims=AppClaims, leeway=5)
assert_type(auth, SupabaseAuth[AppClaims])
aauth = AsyncSupabaseAuth("https://x.supabase.co", publishable_key="k", claims=CustomJWTClaims)

caller = auth.authenticate_request({"authorization": "Bearer x"}, any_of("admin") & active())
assert_type(caller, AuthResult[AppClaims, Client])
assert_type(caller.claims.org_id, UUID | None)
assert_type(caller.user.id, UUID)
assert_type(caller.client, Client)


async def asynchronous(request: Request) -> None:
    """The async twin yields the async client."""
    caller = await aauth.authenticate_request(request, required_roles=["admin"])
    assert_type(caller, AuthResult[CustomJWTClaims, AsyncClient])
    assert_type(caller.client, AsyncClient)
    assert_type(await handler(request, 3, size=2), str)


@aauth.with_auth(any_of("admin"))
async def handler(
    request: Request, caller: AuthResult[CustomJWTClaims, AsyncClient], page: int, *, size: int
) -> str:
    """A decorated handler keeps its own parameters, without the caller."""
    return f"{caller.claims.user_role}{page}{size}{request}"


@flask.require(auth, enrolled(lambda caller: bool(caller.user)))
def view(caller: AuthResult[AppClaims, Client], page: int) -> str:
    """A Flask view is called with its path arguments alone."""
    return f"{caller.claims.org_id}{page}"


assert_type(view(3), str)
assert_type(view(page=3), str)
assert_type(fastapi.require(auth), fastapi.Require[AppClaims])
assert_type(fastapi.require(aauth, active()), fastapi.AsyncRequire[CustomJWTClaims])

Admin = Annotated[AuthResult, Depends(fastapi.require(aauth, any_of("admin")))]


async def route(caller: Admin) -> Any:
    """Without type arguments the claims are the generic ones and the client is not narrowed."""
    assert_type(caller.claims, Claims)
    return await caller.client.table("profiles").select("id").execute()
