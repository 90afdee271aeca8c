"""
A Django backend for the learning platform in one file: three views, three kinds of caller.

Run: ``python examples/django_app/app.py runserver`` with SUPABASE_URL and SUPABASE_PUBLISHABLE_KEY
set.
"""

import os
import sys
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.urls import path

from supaopt.auth import AuthResult, CustomJWTClaims, SupabaseAuth, active, any_of
from supaopt.contrib.django import require

Caller = AuthResult[CustomJWTClaims]


def create_urls(auth: SupabaseAuth[CustomJWTClaims]) -> list[Any]:
    """Return the URL patterns."""

    @require(auth)
    def me(_request: HttpRequest, caller: Caller) -> JsonResponse:
        return JsonResponse({"id": str(caller.user.id), "role": caller.claims.user_role})

    @require(auth)
    def students(_request: HttpRequest, caller: Caller) -> JsonResponse:
        """Return the students whom the caller may see: row-level security decides."""
        found = caller.client.table("students").select("id, full_name").execute()
        return JsonResponse(found.data, safe=False)

    @require(auth, any_of("admin") & active())
    def clients(_request: HttpRequest, caller: Caller) -> JsonResponse:
        found = caller.client.table("clients").select("id, name").execute()
        return JsonResponse(found.data, safe=False)

    return [path("me", me), path("students", students), path("admin/clients", clients)]


def main() -> None:
    """Serve, as Django's own manage.py does."""
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - needs settings

    settings.configure(
        ALLOWED_HOSTS=["localhost", "127.0.0.1"],
        MIDDLEWARE=["supaopt.contrib.django.AuthErrorMiddleware"],
        ROOT_URLCONF=__name__,
        SECRET_KEY=os.environ.get("DJANGO_SECRET_KEY", "only-for-local-development"),
    )
    globals()["urlpatterns"] = create_urls(SupabaseAuth.from_env(claims=CustomJWTClaims))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
