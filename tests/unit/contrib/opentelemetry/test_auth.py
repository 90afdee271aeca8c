"""
OpenTelemetry: what is reported, and what is not.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from supaopt.auth import SupabaseAuth, any_of
from supaopt.contrib.opentelemetry import AuthTelemetry
from supaopt.errors import AuthError

Headers = Callable[..., dict[str, str]]


class Recorder:
    """Stands for a tracer, a meter and their providers: keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def keep(*args: Any, **keywords: Any) -> Any:
            self.told.append((name, *args, keywords))
            return self

        return keep


@pytest.fixture(name="recorder")
def _recorder() -> Recorder:
    return Recorder()


@pytest.fixture(name="auth")
def _auth(recorder: Recorder, sync_auth: Any) -> SupabaseAuth[Any]:
    settings = sync_auth._settings
    telemetry = AuthTelemetry(recorder, recorder)  # type: ignore[arg-type]  # stands for both
    return SupabaseAuth(
        settings.url,
        publishable_key=settings.publishable_key,
        jwt_secret=settings.jwt_secret,
        observe=telemetry,
    )


def _told(recorder: Recorder, name: str) -> list[tuple[Any, ...]]:
    return [call for call in recorder.told if call[0] == name]


@pytest.mark.parametrize(
    ("headers", "outcome", "status"),
    [("good", "ok", 200), ("other", "role_required", 403), (None, "token_missing", 401)],
)
def test_each_request_is_a_span_and_a_count(
    headers: str | None,
    outcome: str,
    status: int,
    *,
    auth: Any,
    recorder: Recorder,
    headers_of: Headers,
) -> None:
    """A request that was judged is reported once, by outcome and status."""
    sent = {} if headers is None else headers_of("admin" if headers == "good" else "student")
    with suppress(AuthError):
        auth.authenticate_request(sent, any_of("admin"))
    expected = {"supaopt.auth.outcome": outcome, "supaopt.auth.status": status}
    (span,) = _told(recorder, "start_span")
    (count,) = _told(recorder, "add")
    assert (expected, expected) == (span[-1]["attributes"], count[2])


def test_no_token_and_no_name_is_reported(
    auth: Any, recorder: Recorder, headers_of: Headers
) -> None:
    """Nothing that is reported names the user or holds a part of the token."""
    headers = headers_of()
    auth.authenticate_request(headers)
    said = repr(recorder.told)
    parts = [part for part in headers["Authorization"].split(".") if part in said]
    assert ([], False) == (parts, "ada@example.com" in said)


def test_a_failing_observer_decides_nothing(
    sync_auth: Any, headers_of: Headers, caplog: pytest.LogCaptureFixture
) -> None:
    """When telemetry breaks, requests are judged all the same, and a log line says so."""

    def broken(_: Any) -> None:
        raise RuntimeError

    settings = sync_auth._settings
    auth = SupabaseAuth(
        settings.url,
        publishable_key=settings.publishable_key,
        jwt_secret=settings.jwt_secret,
        observe=broken,
    )
    assert auth.authenticate_request(headers_of()).user.email == "ada@example.com"
    assert ["an observer of authentication failed"] == [r.message for r in caplog.records]
