"""
The demo on a real stack: what it promises, once, on the smallest data.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from supaopt.demo import DemoResult, run, to_html

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.integration, pytest.mark.slow]

_COMMAND = "import typer; from supaopt.cli._demo import demo; typer.run(demo)"


@pytest.fixture(name="result", scope="module")
def _result() -> DemoResult:
    return run(size="small", seed=7)


def test_authentication_asks_nobody(result: DemoResult) -> None:
    """
    Two requests to learn who is calling become none, and milliseconds become microseconds.
    """
    auth = result.auth

    assert (2, 0, 1) == (auth.calls_before, auth.calls_after, auth.key_fetches)


def test_a_loop_becomes_one_request(result: DemoResult) -> None:
    """
    One plus N requests become one, with the same answer.
    """
    loop = result.n_plus_one

    assert (1 + loop.sessions, 1, True) == (loop.calls_before, loop.calls_after, loop.equal)
    assert 12 == loop.sessions


def test_no_answer_of_ours_is_stale(result: DemoResult) -> None:
    """
    Of a thousand reads while rows change none is stale, where the plan's design serves some.
    """
    cache = result.cache

    assert cache.reads >= 1_000
    assert cache.writes > 0
    assert cache.hits > 0
    assert (0, 0) == (cache.stale_ours, cache.still_wrong_ours)
    assert cache.stale_plan > 0


def test_every_selector_is_weighed(result: DemoResult) -> None:
    """
    Every selector is weighed on rows, none is larger than ``*``, and the empty ones are flagged.
    """
    saved = {f"{row.entity}.{row.selector}": row for row in result.payload}

    assert all(0 < row.bytes <= row.star_bytes and row.rows > 0 for row in result.payload)
    assert saved["LESSON.PROGRESS"].saved_percent > 90
    assert saved["PRODUCT.DETAIL"].saves_nothing
    assert not saved["STUDENT.LIST"].saves_nothing


def test_the_result_has_the_promised_keys(result: DemoResult) -> None:
    """
    The JSON holds every key that the README names.
    """
    found = json.loads(result.model_dump_json())

    assert {"calls_before", "calls_after", "before_ms", "after_us"} <= found["auth"].keys()
    assert {"calls_before", "calls_after", "before_ms", "after_ms"} <= found["n_plus_one"].keys()
    assert {"uncached_ms", "hit_ms", "stale_ours", "stale_plan", "reads"} <= found["cache"].keys()
    assert {"entity", "selector", "star_bytes", "bytes", "saved_percent"} <= found["payload"][
        0
    ].keys()


def test_the_report_shows_the_run(result: DemoResult) -> None:
    """
    A real result makes a page.
    """
    assert f"{result.cache.stale_plan:,} → 0" in to_html(result)


@pytest.fixture(name="demo")
def _demo(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", _COMMAND, "--size", "small", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    yield process
    process.kill()
    process.communicate()


def _started_below(folder: Path) -> list[str]:
    commands = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            commands.append(entry.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:  # it ended meanwhile
            continue
    return [command for command in commands if str(folder) in command]


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("step", ["Loading the sample data", "Racing the caches"])
def test_ctrl_c_leaves_nothing(demo: subprocess.Popen[str], tmp_path: Path, step: str) -> None:
    """
    Interrupted in the middle of anything, the demo stops its processes and removes its files.
    """
    assert demo.stderr
    while step not in (line := demo.stderr.readline()):
        assert line, "the demo ended before that step"
    running = _started_below(tmp_path)

    demo.send_signal(signal.SIGINT)
    demo.communicate(timeout=60)

    assert running
    assert 130 == demo.returncode
    assert ([], []) == (_started_below(tmp_path), list(tmp_path.iterdir()))
