"""
Guards: what they let through, how they combine, and that they are values.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supaopt.auth import (
    Claims,
    CustomJWTClaims,
    Denial,
    Guard,
    aal2,
    active,
    all_of,
    any_of,
    enrolled,
    is_admin_or_staff,
    not_anonymous,
    tenant,
)
from supaopt.auth._guards import UnansweredError
from supaopt.errors import ConfigError

SUB = "1b4e28ba-2fa1-4d1e-883f-0016d3cca427"
TENANT = "9b2f8f5e-21c5-4e0a-8a52-3ad4a2c5c7f1"
OTHER = "c0ffee00-21c5-4e0a-8a52-3ad4a2c5c7f1"


class Generic(Claims, roles=["user_role", "app_metadata.roles"], tenants=["org_id", "orgs"]):
    """Claims of an application with several roles and memberships."""


def claims(model: type[Claims] = CustomJWTClaims, **more: Any) -> Any:
    standard: dict[str, Any] = {
        "iss": "i", "sub": SUB, "aud": "authenticated", "exp": 2, "iat": 1,
        "role": "authenticated", "session_id": SUB,
    }  # fmt: skip
    return model.model_validate(standard | more)


def judge(guard: Guard, on: Claims, *, answer: bool = True) -> Denial | None:
    answers: dict[Any, bool] = {}
    while True:
        try:
            return guard.deny(on, answers)
        except UnansweredError as unanswered:
            answers[unanswered.question] = answer


def code(guard: Guard, on: Claims, *, answer: bool = True) -> str | None:
    denial = judge(guard, on, answer=answer)
    return None if denial is None else denial.code


@pytest.mark.parametrize("role", ["admin", "Admin", "ADMIN"])
def test_any_of_ignores_case(role: str) -> None:
    """A role matches however either side capitalises it."""
    assert code(any_of("aDmin", "staff"), claims(user_role=role)) is None


@pytest.mark.parametrize("more", [{}, {"user_role": None}, {"user_role": "student"}])
def test_any_of_denies_without_a_role(more: dict[str, Any]) -> None:
    """A missing, null or other role is not enough."""
    assert "role_required" == code(any_of("admin"), claims(**more))


@pytest.mark.parametrize("value", [{}, 1, True, {"admin": True}, [["admin"]], [{"name": "admin"}]])
def test_what_is_no_role_name_is_no_role(value: Any) -> None:
    """Numbers, objects and nested lists in a role claim grant nothing."""
    assert "role_required" == code(any_of("admin", "1", "true"), claims(Generic, user_role=value))


def test_roles_are_gathered_from_every_declared_claim() -> None:
    """A list, a nested path and a plain claim all count."""
    caller = claims(Generic, user_role="Editor", app_metadata={"roles": ["Billing"]})
    assert code(all_of("editor", "billing"), caller) is None


def test_all_of_needs_every_role() -> None:
    """One role of two is not enough."""
    assert "role_required" == code(all_of("editor", "billing"), claims(Generic, user_role="editor"))


def test_the_postgres_role_is_never_an_application_role() -> None:
    """A route that asks for 'authenticated' gets nobody by their database role."""
    assert "role_required" == code(any_of("authenticated"), claims())


@pytest.mark.parametrize(
    ("value", "expected"), [(True, None), (False, "inactive"), (None, "inactive")]
)
def test_active_needs_a_clear_yes(*, value: bool | None, expected: str | None) -> None:
    """Only a claim that is true makes an account active; a missing one does not."""
    assert expected == code(active(), claims(profile_is_active=value))


@pytest.mark.parametrize("value", [1, "true", [True, True], [True, False], "yes"])
def test_active_takes_no_stand_ins(value: Any) -> None:
    """In undeclared claims, truthy values are not true."""

    class Loose(Claims, active="is_ok"):
        pass

    assert "inactive" == code(active(), claims(Loose, is_ok=value))


def test_a_guard_without_its_claim_is_a_programming_error() -> None:
    """`active` and `tenant` say which claim has to be declared."""
    for guard in (active(), tenant(), tenant(TENANT)):
        with pytest.raises(ConfigError, match="class Claims"):
            judge(guard, claims(Claims))


@pytest.mark.parametrize("asked", [TENANT, TENANT.upper(), UUID(TENANT)])
def test_tenant_compares_ids_not_spellings(asked: str | UUID) -> None:
    """A tenant's id matches as text in any case and as a UUID."""
    assert code(tenant(asked), claims(client_id=TENANT)) is None


@pytest.mark.parametrize("held", [{}, {"client_id": None}, {"client_id": OTHER}])
def test_tenant_denies_everybody_else(held: dict[str, Any]) -> None:
    """No tenant and another tenant are both refused."""
    assert "tenant_mismatch" == code(tenant(TENANT), claims(**held))


def test_tenant_without_an_id_asks_for_any() -> None:
    """`tenant()` lets through whoever belongs somewhere."""
    assert (None, "tenant_mismatch") == (
        code(tenant(), claims(client_id=OTHER)),
        code(tenant(), claims()),
    )


def test_a_caller_may_belong_to_many_tenants() -> None:
    """Memberships in a list count, numbers included; blanks and truth values do not."""
    caller = claims(Generic, orgs=["acme", 7, "", True, None])
    found = [code(tenant(name), caller) for name in ("acme", "7", "True", "None")]
    assert [None, None, "tenant_mismatch", "tenant_mismatch"] == found


def test_an_empty_tenant_is_a_programming_error() -> None:
    """`tenant('')`, as from an empty setting, does not mean anybody."""
    with pytest.raises(ConfigError):
        tenant("")


def test_not_anonymous_denies_anonymous_sign_ins() -> None:
    """An anonymous user is refused, any other passes."""
    assert ("anonymous", None) == (
        code(not_anonymous(), claims(is_anonymous=True)),
        code(not_anonymous(), claims()),
    )


@pytest.mark.parametrize(("level", "expected"), [("aal1", "aal2_required"), ("aal2", None)])
def test_aal2_needs_a_second_factor(level: str, expected: str | None) -> None:
    """A single factor, which is also what a silent token has, is refused."""
    assert expected == code(aal2(), claims(aal=level))


@pytest.mark.parametrize(("answer", "expected"), [(True, None), (False, "not_enrolled")])
def test_enrolled_goes_by_the_answer(*, answer: bool, expected: str | None) -> None:
    """The check decides."""
    assert expected == code(enrolled(lambda _: True), claims(), answer=answer)


def test_enrolled_needs_something_to_ask() -> None:
    """A result in place of a function is a programming error."""
    with pytest.raises(ConfigError, match="function of the caller"):
        enrolled("yes")  # type: ignore[arg-type]  # the mistake under test


@pytest.mark.parametrize("make", [any_of, all_of])
@pytest.mark.parametrize("roles", [(), ("",), (None,), (1,)])
def test_roles_must_be_named(make: Callable[..., Guard], roles: tuple[Any, ...]) -> None:
    """A guard for no role, or for something that is none, is refused when it is made."""
    with pytest.raises(ConfigError, match="name at least one"):
        make(*roles)


def test_guards_are_equal_when_they_ask_the_same() -> None:
    """Order and case of roles do not matter, nor how often a guard was made."""
    one = any_of("admin", "Staff") & active() | tenant(TENANT)
    two = any_of("staff", "ADMIN") & active() | tenant(UUID(TENANT))
    assert (one, hash(one)) == (two, hash(two))
    assert one != any_of("staff") & active() | tenant(TENANT)
    assert any_of("admin") != all_of("admin")


def test_a_refused_choice_names_both_ways_in() -> None:
    """The error of `a | b` tells what either side would have needed."""
    denial = judge(any_of("admin") | active(), claims())
    assert denial is not None
    assert "admin" in denial.reason
    assert "not active" in denial.reason


def test_a_question_is_asked_only_when_it_matters() -> None:
    """`&` stops at a no and `|` at a yes, before anything is looked up."""
    never = enrolled(lambda _: True)
    assert (any_of("x") & never).deny(claims(), {}) is not None
    assert (not_anonymous() | never).deny(claims(), {}) is None
    with pytest.raises(UnansweredError):
        (not_anonymous() & never).deny(claims(), {})


def test_guards_combine_with_guards_alone() -> None:
    """A role name on one side of `&` is refused with what to write."""
    with pytest.raises(ConfigError, match="any_of"):
        any_of("admin") & "staff"  # type: ignore[operator]  # the mistake under test


@given(st.lists(st.booleans(), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_combined_guards_follow_logic(truths: list[bool], random: Any) -> None:
    """Any tree of `&` and `|` lets through exactly whom its formula is true for."""
    guard, expected = enrolled(lambda _: True), True
    yes, no = not_anonymous(), any_of("nobody")
    guard, expected = (yes, True) if truths[0] else (no, False)
    for truth in truths[1:]:
        other = yes if truth else no
        if random.random() < 0.5:
            guard, expected = guard & other, expected and truth
        else:
            guard, expected = guard | other, expected or truth
    assert expected == (judge(guard, claims()) is None)


@pytest.mark.parametrize(
    ("role", "expected"),
    [("admin", True), ("Staff", True), ("client_staff", False), ("student", False), (None, False)],
)
def test_is_admin_or_staff_is_the_platforms_own_people(*, role: str | None, expected: bool) -> None:
    """A client's staff are not the platform's staff."""
    assert expected == is_admin_or_staff(claims(user_role=role))


@pytest.mark.parametrize("path", ["user_metadata.role", "user_metadata", "role"])
def test_claims_anyone_can_write_never_decide(path: str) -> None:
    """A model that would read roles from user_metadata, or the Postgres role, is refused."""
    with pytest.raises(ConfigError, match=path):
        type("Bad", (Claims,), {"__module__": __name__}, roles=path)
