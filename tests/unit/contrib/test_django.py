"""
Django: the decorator for both kinds of view, and the middleware.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import django
import pytest
from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.urls import path

from supaopt.auth import any_of, tenant
from supaopt.errors import ConfigError

if not settings.configured:
    settings.configure()
django.setup()

from django.test import (  # noqa: E402 - needs settings
    AsyncClient,
    AsyncRequestFactory,
    Client,
    RequestFactory,
    override_settings,
)

from supaopt.contrib.django import AuthErrorMiddleware, require  # noqa: E402 - likewise

Headers = Callable[..., dict[str, str]]


def _get(headers: dict[str, str] | None = None) -> Any:
    return RequestFactory().get("/", headers=headers or {})


def test_a_view_gets_its_caller(sync_auth: Any, headers_of: Headers) -> None:
    """The caller comes behind the request, path arguments after."""

    @require(sync_auth, any_of("admin"))
    def view(request: Any, caller: Any, page: int) -> HttpResponse:
        return JsonResponse({"email": caller.user.email, "page": page})

    assert b'{"email": "ada@example.com", "page": 3}' == view(_get(headers_of()), page=3).content


def test_an_async_view_gets_its_caller(async_auth: Any, headers_of: Headers) -> None:
    """Async views work the same."""

    @require(async_auth, any_of("admin"))
    async def view(request: Any, caller: Any) -> HttpResponse:
        return HttpResponse(caller.user.email)

    request = AsyncRequestFactory().get("/", headers=headers_of())
    assert b"ada@example.com" == asyncio.run(view(request)).content


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_refusals_are_problem_documents(
    colour: str, sync_auth: Any, async_auth: Any, headers_of: Headers
) -> None:
    """A view that the guards protect answers 403 and 401 by itself."""
    answers = []
    for headers in (headers_of("student"), {}):
        if colour == "sync":

            @require(sync_auth, any_of("admin"))
            def view(request: Any, caller: Any) -> Any:
                raise AssertionError

            answers.append(view(_get(headers)))
        else:

            @require(async_auth, any_of("admin"))
            async def async_view(request: Any, caller: Any) -> Any:
                raise AssertionError

            answers.append(asyncio.run(async_view(_get(headers))))
    assert [403, 401] == [answer.status_code for answer in answers]
    assert "application/problem+json" == answers[0]["content-type"]
    assert "Bearer" == answers[1]["www-authenticate"]


def test_colours_do_not_mix(sync_auth: Any, async_auth: Any) -> None:
    """A plain view with async auth, or the reverse, is refused when it is decorated."""

    def view(request: Any, caller: Any) -> Any:
        return None

    async def async_view(request: Any, caller: Any) -> Any:
        return None

    for auth, wrong in ((async_auth, view), (sync_auth, async_view)):
        with pytest.raises(ConfigError, match="two colours"):
            require(auth)(wrong)


def test_the_middleware_answers_what_a_view_raises(sync_auth: Any, headers_of: Headers) -> None:
    """An AuthError from anywhere in a view is answered; other errors stay Django's."""
    middleware = AuthErrorMiddleware(lambda _: HttpResponse())
    caller = sync_auth.authenticate_request(_get(headers_of()))
    with pytest.raises(Exception, match="tenant") as caught:
        caller.require(tenant("9b2f8f5e-21c5-4e0a-8a52-3ad4a2c5c7f1"))
    answered = middleware.process_exception(_get(), caught.value)
    assert answered is not None
    assert 403 == answered.status_code
    assert middleware.process_exception(_get(), ValueError()) is None
    assert 200 == middleware(_get()).status_code


def test_the_middleware_is_async_where_django_is() -> None:
    """Under ASGI the middleware is a coroutine function to Django."""
    from asgiref.sync import iscoroutinefunction

    async def get_response(request: Any) -> HttpResponse:
        return HttpResponse()

    assert iscoroutinefunction(AuthErrorMiddleware(get_response))


class Urls:
    """A URL configuration; Django takes any object that has the patterns."""

    def __init__(self, *views: Any) -> None:
        self.urlpatterns = [path(view.__name__, view) for view in views]


@pytest.mark.parametrize("name", ["plain", "coloured"])
@pytest.mark.parametrize("served_by", ["WSGI", "ASGI"])
def test_a_whole_site_serves_both_kinds_of_view(
    name: str, served_by: str, sync_auth: Any, async_auth: Any, headers_of: Headers
) -> None:
    """Amid Django's own middleware, on either server, views pass their caller and refusals."""

    @require(sync_auth, any_of("admin"))
    def plain(request: Any, caller: Any) -> HttpResponse:
        caller.require(tenant("9b2f8f5e-21c5-4e0a-8a52-3ad4a2c5c7f1"))
        return HttpResponse(caller.user.email)

    @require(async_auth, any_of("admin"))
    async def coloured(request: Any, caller: Any) -> HttpResponse:
        caller.require(tenant("9b2f8f5e-21c5-4e0a-8a52-3ad4a2c5c7f1"))
        return HttpResponse(caller.user.email)

    stack = [
        "django.middleware.security.SecurityMiddleware",
        "supaopt.contrib.django.AuthErrorMiddleware",
        "django.middleware.common.CommonMiddleware",
    ]
    with override_settings(
        ROOT_URLCONF=Urls(plain, coloured), MIDDLEWARE=stack, ALLOWED_HOSTS=["testserver"]
    ):
        requests = [headers_of(), headers_of("student"), {}]
        if served_by == "WSGI":
            answers = [Client().get(f"/{name}", headers=headers) for headers in requests]
        else:
            answers = [
                asyncio.run(AsyncClient().get(f"/{name}", headers=headers)) for headers in requests
            ]
    codes = [json.loads(answer.content)["code"] for answer in answers]
    assert ["tenant_mismatch", "role_required", "token_missing"] == codes
