"""
A FastAPI backend for the learning platform: three routes, three kinds of caller.

Run: ``uvicorn --factory examples.fastapi_app.app:main`` with SUPABASE_URL and
SUPABASE_PUBLISHABLE_KEY set.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI

from supaopt.auth import AsyncSupabaseAuth, AuthResult, CustomJWTClaims, active, any_of
from supaopt.contrib.fastapi import install, require


def create_app(auth: AsyncSupabaseAuth[CustomJWTClaims]) -> FastAPI:
    """Return the app; *auth* is closed with it."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with auth:
            await auth.hydrate()
            yield

    app = FastAPI(title="Learning platform", lifespan=lifespan)
    install(app)
    anyone = Annotated[AuthResult, Depends(require(auth))]
    admin = Annotated[AuthResult, Depends(require(auth, any_of("admin") & active()))]

    @app.get("/me")
    async def me(caller: anyone) -> dict[str, Any]:
        return {"id": caller.user.id, "role": caller.claims.user_role}

    @app.get("/students")
    async def students(caller: anyone) -> list[dict[str, Any]]:
        """Return the students whom the caller may see: row-level security decides."""
        found = await caller.client.table("students").select("id, full_name").execute()
        return list(found.data)

    @app.get("/admin/clients")
    async def clients(caller: admin) -> list[dict[str, Any]]:
        found = await caller.client.table("clients").select("id, name").execute()
        return list(found.data)

    return app


def main() -> FastAPI:
    """Return the app for a server: ``uvicorn --factory examples.fastapi_app.app:main``."""
    return create_app(AsyncSupabaseAuth.from_env(claims=CustomJWTClaims))
