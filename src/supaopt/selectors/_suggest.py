"""
The name that was probably meant.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

# Words that people use for one another; spelling alone takes order_index for module_id.
_SYNONYMS: Final = (
    frozenset({"order", "order_index", "ordinal", "position", "sequence", "sort_order"}),
    frozenset({"begin_at", "begun_at", "start", "start_at", "start_time", "started_at"}),
    frozenset({"completed_at", "end_at", "end_time", "ended_at", "finish_time", "finished_at"}),
    frozenset({"created", "created_at", "creation_date", "date_created", "inserted_at"}),
    frozenset({"last_modified", "modified_at", "updated", "updated_at"}),
    frozenset({"active", "enabled", "is_active", "is_enabled"}),
    frozenset({"display_name", "full_name", "name"}),
    frozenset({"difficulty", "difficulty_level", "level"}),
    frozenset({"avatar", "avatar_url", "image", "image_url", "photo_url", "picture_url"}),
    frozenset({"phone", "phone_number", "telephone"}),
)


def closest(name: str, known: Collection[str]) -> str | None:
    """
    Return the name among *known* that *name* was probably meant to be, or None.

    Examples:
        >>> closest("order_index", ["module_id", "sequence"])
        'sequence'
        >>> closest("nmae", ["id", "name"])
        'name'
        >>> closest("explanation", ["id", "topic"])
    """
    candidates = sorted(set(known) - {name})
    synonyms = [other for group in _SYNONYMS if name in group for other in group]
    for candidate in candidates:
        if candidate in synonyms:
            return candidate
    near = difflib.get_close_matches(name, candidates, n=1, cutoff=0.75)
    return near[0] if near else None
