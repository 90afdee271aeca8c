"""
What every test shares: Hypothesis profiles, the async backend and the `integration` mark.
"""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

HERE = Path(__file__).parent

# A loaded machine must never fail a property for being slow, hence no deadline.
settings.register_profile(
    "fast", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "ci", max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci" if os.environ.get("CI") else "fast")


@pytest.fixture(name="anyio_backend", scope="session")
def _anyio_backend() -> str:
    return "asyncio"


def pytest_configure() -> None:
    """Let Ctrl-C reach the programs that tests start, also where a shell's ``&`` turned it off."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark by folder, so no test under integration/ can forget it."""
    for item in items:
        if (HERE / "integration") in item.path.parents:
            item.add_marker("integration")
