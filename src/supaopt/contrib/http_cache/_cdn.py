"""
How each CDN wants to be told to purge tags: pure, so that no CDN needs its own network code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from pydantic_core import to_json

from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")
_SECRET: Final = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class PurgeCall:
    """
    One POST to a CDN.

    Attributes:
        url: Where to; it holds no secret.
        headers: They hold the secret, and so are in no repr.
        content: The body.
    """

    url: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = b""


class Cdn(Protocol):
    """
    A CDN that purges by tag.
    """

    def calls(self, tags: Sequence[str], /) -> Iterable[PurgeCall]:
        """
        Return the calls that purge every copy which carries one of *tags*.
        """
        ...


@dataclass(frozen=True, slots=True)
class Cloudflare:
    """
    A zone of Cloudflare's.

    Args:
        zone: Its id.
        token: An API token with the permission *Cache Purge* for this zone and no other.

    Raises:
        ConfigError: The id or the token cannot be one.
    """

    zone: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        _check_id(self.zone, "zone")
        _check_secret(self.token)

    def calls(self, tags: Sequence[str], /) -> Iterator[PurgeCall]:
        """
        Return the calls, of 30 tags each.
        """
        url = f"https://api.cloudflare.com/client/v4/zones/{self.zone}/purge_cache"
        for batch in _batches(tags, 30):
            yield _call(url, {"authorization": f"Bearer {self.token}"}, {"tags": batch})


@dataclass(frozen=True, slots=True)
class Fastly:
    """
    A service of Fastly's.

    Args:
        service: Its id.
        token: An API token with the scope ``purge_select`` for this service.

    Raises:
        ConfigError: The id or the token cannot be one.
    """

    service: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        _check_id(self.service, "service")
        _check_secret(self.token)

    def calls(self, tags: Sequence[str], /) -> Iterator[PurgeCall]:
        """
        Return the calls, of 256 tags each; hard purges, as a soft one would serve the past.
        """
        url = f"https://api.fastly.com/service/{self.service}/purge"
        for batch in _batches(tags, 256):
            yield _call(url, {"fastly-key": self.token}, {"surrogate_keys": batch})


@dataclass(frozen=True, slots=True)
class Vercel:
    """
    A project of Vercel's.

    Args:
        project: Its id or name.
        token: An access token for the project's team.
        team: The team's id, unless the project is a person's own.

    Raises:
        ConfigError: An id or the token cannot be one.
    """

    project: str
    token: str = field(repr=False)
    team: str | None = None

    def __post_init__(self) -> None:
        _check_id(self.project, "project")
        _check_secret(self.token)
        if self.team is not None:
            _check_id(self.team, "team")

    def calls(self, tags: Sequence[str], /) -> Iterator[PurgeCall]:
        """
        Return the calls, of 16 tags each; they delete, as an invalidation would serve the past.
        """
        url = (
            "https://api.vercel.com/v1/edge-cache/dangerously-delete-by-tags"
            f"?projectIdOrName={self.project}"
        )
        if self.team is not None:
            url += f"&teamId={self.team}"
        for batch in _batches(tags, 16):
            yield _call(url, {"authorization": f"Bearer {self.token}"}, {"tags": batch})


def _call(url: str, headers: dict[str, str], body: dict[str, list[str]]) -> PurgeCall:
    return PurgeCall(url, headers | {"content-type": "application/json"}, to_json(body))


def _batches(tags: Sequence[str], size: int) -> Iterator[list[str]]:
    for at in range(0, len(tags), size):
        yield list(tags[at : at + size])


def _check_id(text: str, what: str) -> None:
    # It becomes part of a URL, to which the token is sent.
    if not _ID.fullmatch(text) or text in {".", ".."}:
        raise ConfigError(f"{what} {text!r} is no id; copy it from the CDN's dashboard")


def _check_secret(token: str) -> None:
    if not _SECRET.fullmatch(token):
        raise ConfigError(
            "the CDN's token is empty or holds spaces or line ends; pass it as the CDN shows it"
        )
