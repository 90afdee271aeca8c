"""
The typed surface of `supaopt.selectors`: checked by mypy and pyright, never run.
"""

from typing import Annotated, Literal, assert_type
from uuid import UUID

from supabase import AsyncClient, Client

from supaopt.selectors import (
    SELECTORS,
    AsyncQuery,
    Col,
    Entity,
    Query,
    Row,
    Selector,
    Write,
    delete,
    insert,
    select,
    update,
    upsert,
    where,
)
from supaopt.selectors.lms import UserList


class ClientDropdown(Row, table="clients"):
    """A client to choose from."""

    id: UUID
    name: str


class Member(Row, table="profiles", schema="public"):
    """A user."""

    id: UUID
    theme: Annotated[str | None, Col("prefs->>theme")]
    client: ClientDropdown | None


class MemberDetail(Member):
    """More of a user."""

    role: str


MEMBERS: Entity[Literal["id", "role"]] = Entity("profiles", never=["password"])
LIST = MEMBERS.selector(Member)
BY_HAND = Selector(MemberDetail)


def sync(client: Client) -> None:
    """A `Client` gives queries that return values."""
    assert_type(LIST, Selector[Member, Literal["id", "role"]])
    assert_type(BY_HAND, Selector[MemberDetail, str])
    wider: Selector[Member, str] = BY_HAND
    text: str = wider

    query = select(client, LIST).eq("id", 1).order("role").limit(50)
    assert_type(query, Query[Member, Literal["id", "role"]])
    assert_type(query.execute().data, list[Member])
    assert_type(query.execute().data[0].client, ClientDropdown | None)
    assert_type(query.execute().count, int | None)
    assert_type(query.single().execute(), Member)
    assert_type(query.maybe_single().execute(), Member | None)
    assert_type(query.count(), int)
    assert_type(query.exists(), bool)
    assert_type(select(client, MemberDetail), Query[MemberDetail, str])
    assert_type(select(client, SELECTORS.USER.LIST).execute().data, list[UserList])

    client.table("profiles").select(LIST, text)
    select(client, MemberDetail).or_("a.eq.1", where.eq("any", 2)).eq("any", 3)
    select(client, LIST).filter("client.name", "eq", "x")
    select(client, LIST).eq("rle", 1)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    select(client, LIST).order("rle")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    select(client, SELECTORS.USER.LIST).eq("email", 1)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    select(client, "id,name")  # type: ignore[call-overload] # pyright: ignore[reportCallIssue, reportArgumentType]


def writes(client: Client) -> None:
    """Writes return the rows of their selector."""
    assert_type(insert(client, LIST, {"id": 1}), Write[Member, Literal["id", "role"]])
    assert_type(insert(client, LIST, [{"id": 1}]).execute().data, list[Member])
    assert_type(insert(client, MemberDetail, {"any": 1}), Write[MemberDetail, str])
    assert_type(upsert(client, LIST, {"id": 1}, on_conflict=["id"]).execute().data, list[Member])
    assert_type(update(client, LIST, {"role": "x"}).eq("id", 1).execute().data, list[Member])
    assert_type(delete(client, LIST).eq("id", 1).execute().data, list[Member])
    delete(client, LIST).eq("rle", 1)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


async def asynchronous(client: AsyncClient) -> None:
    """An `AsyncClient` gives queries that are awaited."""
    query = select(client, LIST).in_("role", ["x"]).not_.is_("id", None)
    assert_type(query, AsyncQuery[Member, Literal["id", "role"]])
    assert_type((await query.execute()).data, list[Member])
    assert_type(await query.single().execute(), Member)
    assert_type(await query.maybe_single().execute(), Member | None)
    assert_type(await query.count(), int)
    assert_type(await query.exists(), bool)
    assert_type((await update(client, LIST, {"role": 1}).eq("id", 1).execute()).data, list[Member])
