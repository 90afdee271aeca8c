"""
The door to a project's API: its published keys, and the schemas that it exposes.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from supaopt._adapters import jwks
from supaopt.auth._keys import ring_of_jwks
from supaopt.auth._settings import Settings, role_of_key
from supaopt.doctor._facts import Api, KeyKind, Keys
from supaopt.errors import ConfigError, KeysUnavailableError

if TYPE_CHECKING:
    import httpx

_NO_SCHEMA: Final = "supaopt_doctor"
_EXPOSED: Final = re.compile(r"(?:schemas are exposed|must be one of the following): *(.+)")


def read(url: str, key: str | None, *, timeout: float, knows_secret: bool) -> Api:
    """
    Ask a project's API what it shows to everybody.

    Args:
        url: The project's URL.
        key: An API key, for the question about schemas; without one it is not asked.
        timeout: Seconds that one step of a request may take.
        knows_secret: Whether a legacy JWT secret is at hand.

    Raises:
        ConfigError: *url* is no project's URL.
    """
    import httpx  # noqa: PLC0415 - takes long to import

    settings = _settings(url, allow_http=True)
    try:
        with httpx.Client(timeout=timeout) as client:
            answer = _ask(client, settings.url, key) if key else None
            keys = _keys(client, settings.jwks_url)
    except (httpx.InvalidURL, UnicodeError) as error:  # no host can have that name
        raise ConfigError(f"url is {url!r}; it looks like https://<project>.supabase.co") from error
    return Api(
        url=settings.url,
        is_private=_is_private(url),
        knows_secret=knows_secret,
        key=_kind(key, answer) if key else None,
        keys=keys,
        schemas=_schemas(answer) if answer else None,
    )


def _keys(client: httpx.Client, url: str) -> Keys:
    import httpx  # noqa: PLC0415 - takes long to import

    try:
        content = jwks.fetch(client, url)
        usable = len(ring_of_jwks(content))
    except KeysUnavailableError as error:
        return Keys(failure=str(error))
    except httpx.HTTPError as error:
        return Keys(failure=f"the key endpoint cannot be reached ({type(error).__name__})")
    return Keys(published=len(json.loads(content)["keys"]), usable=usable)


def _ask(client: httpx.Client, url: str, key: str) -> httpx.Response | None:
    """
    Ask for a schema that PostgREST does not expose, to which it answers with those that it does.
    """
    import httpx  # noqa: PLC0415 - takes long to import

    headers = {"apikey": key, "accept-profile": _NO_SCHEMA}
    try:
        return client.get(f"{url}/rest/v1/{_NO_SCHEMA}", headers=headers)
    except httpx.HTTPError:
        return None


def _schemas(answer: httpx.Response) -> tuple[str, ...] | None:
    try:
        said = answer.json()
    except ValueError:
        return None
    if not isinstance(said, dict) or said.get("code") != "PGRST106":
        return None
    named = _EXPOSED.search(f"{said.get('message')}\n{said.get('hint')}")
    return tuple(name.strip() for name in named[1].split(",")) if named else None


def _kind(key: str, answer: httpx.Response | None) -> KeyKind:
    if key.startswith("sb_secret_") or role_of_key(key) not in {None, "anon"}:
        return "secret"
    return "refused" if answer is not None and answer.status_code == 401 else "public"


def _is_private(url: str) -> bool:
    try:
        _settings(url, allow_http=False)
    except ConfigError:
        return False
    return True


def _settings(url: str, *, allow_http: bool) -> Settings:
    # The key is not used here; settings without one are refused.
    return Settings(url=url, publishable_key="unused", allow_http=allow_http)
