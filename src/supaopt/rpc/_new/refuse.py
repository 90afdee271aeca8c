"""
How a declaration is refused.
"""

from __future__ import annotations

from typing import NoReturn

from supaopt.errors import ConfigError


def fail(function: str, where: object, message: str, meant: str | None = None) -> NoReturn:
    """
    Refuse a declaration.

    Args:
        function: Its name.
        where: What in it is wrong; empty for all of it.
        message: The reason.
        meant: What was probably meant.

    Raises:
        ConfigError: Always.
    """
    place = ": ".join(str(each) for each in (function, where) if str(each))
    hint = f"; did you mean `{meant}`?" if meant else ""
    raise ConfigError(f"{place}: {message}{hint}")
