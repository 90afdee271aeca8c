"""
A span, a counter and a histogram for authenticated requests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry import metrics, trace
from opentelemetry.trace import Status, StatusCode

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

    from supaopt.auth import AuthEvent

_SCOPE = "supaopt.auth"
# In seconds: a warm token takes microseconds, a new key a request. The default is for milliseconds.
_BOUNDARIES = (1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 5e-3, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)


class AuthTelemetry:
    """
    Reports how requests were judged; pass one as ``observe`` to an auth object.

    No token, claim or name of a user is reported: a span tells outcome, status and time.

    Args:
        tracer_provider: Where spans go; the global one by default.
        meter_provider: Where figures go; the global one by default.

    Examples:
        >>> auth = SupabaseAuth.from_env(observe=AuthTelemetry())  # doctest: +SKIP
    """

    def __init__(
        self,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
    ) -> None:
        self._tracer = trace.get_tracer(_SCOPE, tracer_provider=tracer_provider)
        meter = metrics.get_meter(_SCOPE, meter_provider=meter_provider)
        self._requests = meter.create_counter(
            "supaopt.auth.requests", unit="{request}", description="Requests judged, by outcome"
        )
        self._duration = meter.create_histogram(
            "supaopt.auth.duration",
            unit="s",
            description="Time taken to judge a request",
            explicit_bucket_boundaries_advisory=_BOUNDARIES,
        )

    def __call__(self, event: AuthEvent) -> None:
        """
        Report one request.
        """
        attributes: dict[str, str | int] = {
            "supaopt.auth.outcome": event.outcome,
            "supaopt.auth.status": event.status,
        }
        span = self._tracer.start_span(
            "supaopt.authenticate", start_time=event.began_ns, attributes=attributes
        )
        if event.status >= 500:  # a refusal is no fault of the server's
            span.set_status(Status(StatusCode.ERROR, event.outcome))
        span.end(end_time=event.began_ns + int(event.seconds * 1e9))
        self._requests.add(1, attributes)
        self._duration.record(event.seconds, attributes)
