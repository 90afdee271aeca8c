"""
A Flask backend for the learning platform: three routes, three kinds of caller.

Run: ``flask --app examples.flask_app.app:main run`` with SUPABASE_URL and SUPABASE_PUBLISHABLE_KEY
set.
"""

from typing import Any

from flask import Flask

from supaopt.auth import AuthResult, CustomJWTClaims, SupabaseAuth, active, any_of
from supaopt.contrib.flask import Supaopt, require

Caller = AuthResult[CustomJWTClaims]


def create_app(auth: SupabaseAuth[CustomJWTClaims]) -> Flask:
    """Return the app."""
    app = Flask(__name__)
    Supaopt(app)

    @app.get("/me")
    @require(auth)
    def me(caller: Caller) -> dict[str, Any]:
        return {"id": str(caller.user.id), "role": caller.claims.user_role}

    @app.get("/students")
    @require(auth)
    def students(caller: Caller) -> list[Any]:
        """Return the students whom the caller may see: row-level security decides."""
        return list(caller.client.table("students").select("id, full_name").execute().data)

    @app.get("/admin/clients")
    @require(auth, any_of("admin") & active())
    def clients(caller: Caller) -> list[Any]:
        return list(caller.client.table("clients").select("id, name").execute().data)

    return app


def main() -> Flask:
    """Return the app for a server."""
    return create_app(SupabaseAuth.from_env(claims=CustomJWTClaims))
