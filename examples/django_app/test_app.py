"""
The example, served to a student and to an administrator of a local Supabase.
"""

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.test.utils import override_settings

from supaopt.auth import CustomJWTClaims, SupabaseAuth
from supaopt.local import LocalSupabase

SignIn = Callable[[str], tuple[str, dict[str, str]]]

pytestmark = pytest.mark.integration


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "django_example", Path(__file__).parent / "app.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(name="client", scope="module")
def _client(lms_stack: LocalSupabase) -> Iterator[Any]:
    app = _load()
    if not settings.configured:
        settings.configure()
    urls = ModuleType("example_urls")
    with (
        SupabaseAuth(
            lms_stack.url, publishable_key=lms_stack.publishable_key, claims=CustomJWTClaims
        ) as auth,
        override_settings(ROOT_URLCONF=urls, ALLOWED_HOSTS=["testserver"]),
    ):
        urls.urlpatterns = app.create_urls(auth)  # type: ignore[attr-defined]  # as in a urls.py
        yield Client()


def _get(client: Any, path: str, headers: dict[str, str]) -> tuple[int, Any]:
    answer = client.get(path, headers=headers)
    return answer.status_code, answer.json() if callable(answer.json) else answer.json


def test_a_student_sees_only_their_own_row(client: Any, sign_in: SignIn) -> None:
    """Row-level security, not the route, decides which students a caller sees."""
    student, headers = sign_in("student")
    assert (200, {"id": student, "role": "student"}) == _get(client, "/me", headers)
    assert (200, [{"id": student, "full_name": "Ada"}]) == _get(client, "/students", headers)


def test_a_student_is_no_administrator(client: Any, sign_in: SignIn) -> None:
    """A student gets 403 on an administrator's route, with the reason."""
    status, body = _get(client, "/admin/clients", sign_in("student")[1])
    assert (status, body["code"]) == (403, "role_required")


def test_an_administrator_passes(client: Any, sign_in: SignIn) -> None:
    """An administrator gets the clients, and sees every student."""
    _, headers = sign_in("admin")
    status, clients = _get(client, "/admin/clients", headers)
    assert (status, len(clients) > 1) == (200, True)
    assert len(_get(client, "/students", headers)[1]) > 1


def test_a_stranger_is_told_how(client: Any) -> None:
    """Without a token the answer is 401 with a challenge."""
    answer = client.get("/me")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
