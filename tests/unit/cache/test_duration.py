"""
Lengths of time: what is understood, and how the rest is refused.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supaopt.cache._duration import seconds
from supaopt.errors import ConfigError


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("5 minutes", 300),
        ("1 minute", 60),
        ("90 seconds", 90),
        ("1 hour 30 minutes", 5400),
        ("1 hour, 30 min", 5400),
        ("1.5 hours", 5400),
        ("10min", 600),
        ("2 Days", 172_800),
        ("1 week", 604_800),
        (timedelta(minutes=5), 300),
        (0.25, 0.25),
        (60, 60),
    ],
)
def test_reads_lengths_of_time(value: object, expected: float) -> None:
    """
    Words, numbers and timedeltas are read as seconds.
    """
    assert expected == seconds(value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("-1 hour", ["'-1 hour'", "negative", "write '1 hour'"]),
        ("5 minuets", ["'5 minuets'", "'minuets' is no unit", "did you mean '5 minutes'"]),
        ("5 parsecs", ["'parsecs' is no unit", "use seconds, minutes, hours, days or weeks"]),
        ("1 month", ["'month' has no fixed length", "days or weeks"]),
        ("2 years", ["'years' has no fixed length"]),
        ("", ["''", "write '90 seconds'"]),
        ("5", ["'5'", "write '90 seconds'"]),
        ("minutes", ["'minutes'", "write '90 seconds'"]),
        ("5 minutes or so", ["'5 minutes or so'", "write '90 seconds'"]),
        ("00:05:00", ["'00:05:00'", "write '90 seconds'"]),
        ("0 minutes", ["'0 minutes'", "above zero"]),
        (0, ["0", "above zero"]),
        (-5, ["-5", "above zero"]),
        (timedelta(seconds=-1), ["above zero"]),
        (float("nan"), ["nan", "above zero"]),
        (float("inf"), ["inf", "above zero"]),
        ("9999999999 weeks", ["longer than a century"]),
        (None, ["None", "NoneType", "pass a timedelta"]),
        (True, ["True", "bool", "pass a timedelta"]),
        (["5 minutes"], ["list", "pass a timedelta"]),
    ],
)
def test_refuses_what_is_no_length_of_time(value: object, words: list[str]) -> None:
    """
    A wrong duration is refused with the value, the reason and the remedy.
    """
    with pytest.raises(ConfigError) as caught:
        seconds(value)
    assert [] == [word for word in ["duration", *words] if word not in str(caught.value)]


def test_zero_may_be_meant() -> None:
    """
    Zero is let through where it means "none".
    """
    assert seconds(0, zero=True) == 0


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    """
    No text makes anything but a positive number or a ConfigError.
    """
    try:
        length = seconds(text)
    except ConfigError:
        return
    assert length > 0


@given(st.integers(1, 10_000), st.sampled_from(["second", "minute", "hour"]))
def test_plural_and_singular_agree(number: int, unit: str) -> None:
    """
    A unit means the same with and without its s.
    """
    assert seconds(f"{number} {unit}") == seconds(f"{number} {unit}s")
