"""
Keys, tags and their hashes.
"""

from __future__ import annotations

import pytest

from supaopt.cache._rules import check_key, check_tags, marks
from supaopt.errors import ConfigError


@pytest.mark.parametrize("key", ["k", "x" * 512, "ключ", "a b:c%d", "\U0001f600" * 512])
def test_accepts_keys(key: str) -> None:
    """
    A key is any text of 1 to 512 characters.
    """
    assert key == check_key(key)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("", ["'' has 0 characters", "1 to 512"]),
        ("k" * 600, ["has 600 characters", "1 to 512", "hash the long part"]),
        ("a\0b", ["'a\\x00b'", "NUL"]),
        ("\ud800", ["'\\ud800'", "surrogate"]),
        (None, ["None is null"]),
        (b"k", ["bytes"]),
        (["k"], ["list"]),
    ],
)
def test_refuses_keys(key: object, words: list[str]) -> None:
    """
    A key that Postgres cannot hold is refused with its reason.
    """
    with pytest.raises(ConfigError) as caught:
        check_key(key)
    assert [] == [word for word in words if word not in str(caught.value)]


def test_a_long_key_is_not_told_whole() -> None:
    """
    A message stays readable however long the key.
    """
    with pytest.raises(ConfigError) as caught:
        check_key("k" * 100_000)
    assert len(str(caught.value)) < 250


def test_tags_are_told_apart_and_ordered() -> None:
    """
    A tag named twice counts once.
    """
    assert ("b", "a") == check_tags(["b", "a", "b"])


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ([None], ["None is null"]),
        (["a", ""], ["'' has 0 characters"]),
        (["a", 7], ["7 is of type int"]),
        ("products", ["'products'", "write ['products']"]),
        (None, ["None", "list of texts"]),
        (["x" * 513], ["513 characters"]),
    ],
)
def test_refuses_tags(tags: object, words: list[str]) -> None:
    """
    Null, empty and foreign tags are refused, and so is one text whose letters would be tags.
    """
    with pytest.raises(ConfigError) as caught:
        check_tags(tags)
    assert [] == [word for word in words if word not in str(caught.value)]


def test_marks_reach_every_way_to_end_an_entry() -> None:
    """
    An entry ends by its tags, by all of a kind, and by a flush.
    """
    assert {"products", "student:1", "student:*", "*"} == marks(["products", "student:1"])
