"""
HTML that is safe by the way it is made: whatever is not markup already is escaped.
"""

from __future__ import annotations

import html
from typing import Final

_LONGEST: Final = 100
_VOID: Final = frozenset({"rect"})


class Html(str):
    """
    Text that is markup already; made by `element` and `join` alone.
    """

    __slots__ = ()


def element(name: str, *children: str | float, **attributes: str | float) -> Html:
    """
    Return an element.

    Args:
        name: Its name.
        children: What it holds; all but `Html` is text of anybody's.
        attributes: Its attributes; ``class_`` for ``class``.

    Examples:
        >>> element("td", "<b>", class_="name")
        '<td class="name">&lt;b&gt;</td>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_text(str(value))}"'
        for key, value in attributes.items()
    )
    if name in _VOID:
        return Html(f"<{name}{written}/>")
    return Html(f"<{name}{written}>{join(*children)}</{name}>")


def join(*parts: str | float) -> Html:
    """
    Return markup one after the other; all but `Html` is text of anybody's.
    """
    return Html("".join(part if isinstance(part, Html) else _text(str(part)) for part in parts))


def _text(text: str) -> str:
    return html.escape(visible(text))


def visible(text: str) -> str:
    r"""
    Return *text* of somebody else's as it may be shown: what would reorder, hide or break lines
    is spelt out, and what is too long is cut.

    Examples:
        >>> visible("a" + chr(0x202E) + "b")
        'a\\u202eb'
    """
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 1] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
