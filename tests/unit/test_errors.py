"""
`supaopt.errors`.
"""

import pickle

import pytest

import supaopt
from supaopt import errors
from supaopt.errors import (
    AuthError,
    ConfigError,
    ForbiddenError,
    KeysUnavailableError,
    MissingExtraError,
    RequestTimeoutError,
    ResponseError,
    StackError,
    SupaoptError,
    TokenExpiredError,
)

EXAMPLES = [
    ConfigError("bad"),
    MissingExtraError("redis", feature="the Redis tier"),
    TokenExpiredError("old"),
    ForbiddenError("no", code="role_missing"),
    KeysUnavailableError("later"),
    RequestTimeoutError("slow"),
    ResponseError("no", status=409, code="23505", details="key exists", hint="use another"),
    StackError("postgres died", part="postgres", log="FATAL: no space"),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_errors_cross_process_boundaries_whole(error: SupaoptError) -> None:
    """An error that was pickled keeps its class, its text and all its attributes."""
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


def test_every_public_error_is_one_import_away() -> None:
    """The root package exports every exception of the tree."""
    tree = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, SupaoptError)
    }
    assert tree == set(supaopt.__all__) - {"__version__"}


def test_the_module_docstring_draws_the_whole_tree() -> None:
    """Every exception stands in the drawing at the top of the module."""
    assert errors.__doc__ is not None
    missing = [name for name in supaopt.__all__ if name[0] != "_" and name not in errors.__doc__]
    assert missing == []


@pytest.mark.parametrize(
    ("error", "status"),
    [(AuthError("x"), 401), (ForbiddenError("x"), 403), (KeysUnavailableError("x"), 503)],
)
def test_auth_errors_carry_the_status_to_answer(error: AuthError, status: int) -> None:
    """Each branch of AuthError tells the HTTP status that fits it."""
    assert error.status == status


def test_a_missing_extra_names_the_command_that_helps() -> None:
    """The message of MissingExtraError holds the pip command to run."""
    assert "pip install 'supaopt[redis]'" in str(EXAMPLES[1])


def test_a_refusal_shows_its_code_and_hint() -> None:
    """The text of a ResponseError shows message, code and hint."""
    assert str(EXAMPLES[6]) == "no [23505] (hint: use another)"
