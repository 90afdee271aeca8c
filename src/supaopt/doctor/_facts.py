"""
What is known of a project: the rows that the checks judge. None means that nobody could look.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

_MODEL: Final = ConfigDict(frozen=True, extra="forbid")

KeyKind = Literal["public", "secret", "refused"]
SCHEMAS: Final = ("public",)
"""What a project exposes where nobody says."""

Command = Literal["select", "insert", "update", "delete", "all"]


class Server(BaseModel):
    """
    The database server, and which of its parts can be examined; see ``facts/database.sql``.
    """

    model_config = _MODEL

    version: int
    role: str
    now: float
    api_schemas: str | None = None
    has_cache: bool = False
    owns_cache: bool = False
    has_hook_check: bool = False
    has_cron: bool = False
    statements_schema: str | None = None
    sees_statements: bool = False


class Relation(BaseModel):
    """
    A table or a view of an exposed schema.

    Attributes:
        name: With its schema, quoted where need be; so are all names here.
        kind: As in ``pg_class.relkind``.
        readers: Which of anon and authenticated hold a right to select.
        writers: Which of them hold a right to insert, update or delete.
    """

    model_config = _MODEL

    name: str
    kind: Literal["r", "p", "v", "m", "f"]
    rls: bool = False
    policies: int = 0
    security_invoker: bool = False
    reads_auth_users: bool = False
    readers: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()


class Policy(BaseModel):
    """
    A row-level-security policy.

    Attributes:
        alias: The table's name as expressions have it, without a schema.
        using: Postgres's rendering of its USING, every name qualified.
        check: Likewise of its WITH CHECK.
        rows: The planner's estimate of the table's rows.
        unindexed: Columns of the table that it mentions and that no index leads with.
    """

    model_config = _MODEL

    table: str
    alias: str
    name: str
    command: Command
    permissive: bool = True
    roles: tuple[str, ...] = ("authenticated",)
    using: str | None = None
    check: str | None = None
    rls: bool = True
    rows: int = 0
    unindexed: tuple[str, ...] = ()


class ForeignKey(BaseModel):
    """
    A foreign key that no index begins with.
    """

    model_config = _MODEL

    table: str
    name: str
    columns: tuple[str, ...]
    rows: int = 0


class Function(BaseModel):
    """
    A SECURITY DEFINER function of an exposed schema that an API role may execute.
    """

    model_config = _MODEL

    signature: str
    has_search_path: bool
    executable_by: tuple[str, ...]


class Problem(BaseModel):
    """
    A row of ``supaopt.find_problems()``.
    """

    model_config = _MODEL

    object: str
    problem: str
    remedy: str


class Cache(BaseModel):
    """
    Size and limits of the cache; lifetimes are in seconds.
    """

    model_config = _MODEL

    entries_bytes: int
    log_bytes: int
    max_lifetime: float
    log_retention: float
    max_data_bytes: int


class Job(BaseModel):
    """
    A job of pg_cron that cleans the cache up.
    """

    model_config = _MODEL

    name: str
    schedule: str
    active: bool
    status: str | None = None
    message: str | None = None


class Statement(BaseModel):
    """
    A read of the API's, as pg_stat_statements sums it up.

    Attributes:
        share: Part of the database's whole execution time.
    """

    model_config = _MODEL

    query: str
    calls: int
    rows: int
    total_ms: float
    share: float


class File(BaseModel):
    """
    One SQL file of ours that should be installed; see `supaopt._adapters.sql.AssetStatus`.
    """

    model_config = _MODEL

    path: str
    state: Literal["installed", "outdated", "changed", "missing"]


class Keys(BaseModel):
    """
    What a project's key endpoint answered.

    Attributes:
        published: How many keys the document holds.
        usable: How many of them verify tokens.
        failure: Why there are none, if the endpoint failed.
    """

    model_config = _MODEL

    published: int = 0
    usable: int = 0
    failure: str | None = None


class Api(BaseModel):
    """
    A project as its API shows it.

    Attributes:
        url: Its address.
        is_private: Whether nobody between can read along: https, or this machine.
        knows_secret: Whether a legacy JWT secret is at hand.
        key: What the key for callers is, or that the API refuses it; None when there is none.
        keys: What its key endpoint answered.
        schemas: The schemas that it says it exposes.
    """

    model_config = _MODEL

    url: str
    is_private: bool
    knows_secret: bool
    key: KeyKind | None = None
    keys: Keys
    schemas: tuple[str, ...] | None = None


class Packages(BaseModel):
    """
    What is installed here.

    Attributes:
        supabase: Version of supabase-py, or None.
    """

    model_config = _MODEL

    supaopt: str
    supabase: str | None = None


class Facts(BaseModel):
    """
    Everything that is known of a project.

    Attributes:
        skew: Seconds that the database's clock is ahead of this machine's.
        hook: What the access token hook lacks; the empty string when nothing.
    """

    model_config = _MODEL

    packages: Packages
    api: Api | None = None
    server: Server | None = None
    skew: float | None = None
    schemas: tuple[str, ...] = SCHEMAS
    relations: tuple[Relation, ...] | None = None
    policies: tuple[Policy, ...] | None = None
    foreign_keys: tuple[ForeignKey, ...] | None = None
    functions: tuple[Function, ...] | None = None
    problems: tuple[Problem, ...] | None = None
    cache: Cache | None = None
    files: tuple[File, ...] | None = None
    jobs: tuple[Job, ...] | None = None
    statements: tuple[Statement, ...] | None = None
    hook: str | None = None
