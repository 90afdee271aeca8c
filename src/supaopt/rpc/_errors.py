"""
What a refused function call means, and what to do about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supaopt.errors import ResponseError

_HINTS: Final = {
    "PGRST203": "several functions of this name take these arguments; drop one, or pass an "
    "argument that tells them apart",
    "42501": "grant execute on it to the role that calls, and what it reads when it runs as "
    "security invoker",
    "25006": "the function writes, so it cannot be called by GET: leave out get=True",
    "57014": "it ran into statement_timeout; make it faster, or raise the role's limit",
}
_POLICY: Final = (
    "a policy keeps the caller from writing this row, or from reading back the row it wrote, which "
    "`returning` needs"
)


def explained(error: ResponseError, *, name: str, arguments: Iterable[str]) -> ResponseError:
    """
    Return *error* with a hint, when the server gave none and there is one to give.

    Args:
        error: What the server said.
        name: Function that was called.
        arguments: Names of the arguments that were passed.
    """
    said = str(error.args[0])
    hint = error.hint or _HINTS.get(error.code or "")
    if error.code == "42501" and not error.hint and "row-level security" in said:
        hint = _POLICY
    # What is missing may also be something that the function itself uses.
    if error.code == "PGRST202" or (error.code == "42883" and f"{name}(" in said):
        hint = _missing(name, arguments, error.hint)
    if hint == error.hint:
        return error
    return type(error)(said, status=error.status, code=error.code, details=error.details, hint=hint)


def _missing(name: str, arguments: Iterable[str], said: str | None) -> str:
    passed = ", ".join(sorted(arguments)) or "no arguments"
    advice = (
        f"no function `{name}` takes {passed}; install it, or compare the names with the SQL, and "
        "tell the API with NOTIFY pgrst, 'reload schema'"
    )
    return f"{said}; {advice}" if said else advice
