"""
`Row`: a pydantic model that is a column set.
"""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING, ClassVar, Final

from pydantic import BaseModel, ConfigDict
from typing_extensions import Format, get_annotations

from supaopt.errors import ConfigError
from supaopt.selectors import _names

if TYPE_CHECKING:
    from typing_extensions import Unpack

# Attributes of a model that a field of the same name would hide.
TAKEN: Final = frozenset(name for name in dir(BaseModel) if not name.startswith("_"))


class Row(BaseModel):
    """
    Base of every row class: its fields are the columns that a select asks for.

    A field of another row's type is an embed: ``X | None`` for one, ``list[X]`` for many. A
    subclass selects its parents' columns and its own. A column whose name a model needs itself
    (``schema``, ``json``, ``copy``) or that is a keyword takes a trailing underscore. Rows are
    frozen, ignore columns they do not know, and never show a value in a validation error.

    Args:
        table: Table or view that the rows come from; inherited by subclasses.
        schema: Its Postgres schema, when it is not the client's own; inherited too.

    Raises:
        ConfigError: A field that cannot be a column, or a removed one.

    Examples:
        >>> from supaopt.selectors import Selector
        >>> class ClientName(Row, table="clients"):
        ...     id: int
        ...     name: str
        >>> class ClientPage(ClientName):
        ...     schema_: str
        >>> print(Selector(ClientPage))
        id,name,schema_:schema
    """

    # Building late lets a row name one that is defined further down, and lets the selector
    # report what cannot be built.
    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True,
        extra="ignore",
        defer_build=True,
        hide_input_in_errors=True,
        protected_namespaces=(),
    )

    __table__: ClassVar[str] = ""
    __schema__: ClassVar[str | None] = None

    def __init_subclass__(
        cls, *, table: str | None = None, schema: str | None = None, **config: Unpack[ConfigDict]
    ) -> None:
        """
        Check the class and remember where its rows come from.
        """
        super().__init_subclass__(**config)
        _refuse_hiding(cls)
        if table is not None:
            _names.quoted(table, what="table")
            cls.__table__ = table
        if schema is not None:
            _names.quoted(schema, what="schema")
            cls.__schema__ = schema

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        """
        Check what pydantic made of the class: nothing declared may have been lost.
        """
        super().__pydantic_init_subclass__(**kwargs)
        _refuse_lost(cls)


def column_of(name: str) -> str:
    """
    Return the column that a field called *name* stands for.

    Examples:
        >>> column_of("json_"), column_of("class_"), column_of("total_")
        ('json', 'class', 'total_')
    """
    bare = name[:-1]
    if name.endswith("_") and (bare in TAKEN or keyword.iskeyword(bare)):
        return bare
    return name


def _refuse_hiding(row: type[Row]) -> None:
    # Before pydantic sees the fields: it would only warn.
    for name in get_annotations(row, format=Format.FORWARDREF):
        if name in TAKEN and name != "model_config":
            raise ConfigError(
                f"{row.__name__}.{name}: a model needs this name itself; call the field "
                f"`{name}_`, it still selects the column `{name}`"
            )


def _refuse_lost(row: type[Row]) -> None:
    own = row.__dict__.get("__private_attributes__", {})
    for name in own:
        raise ConfigError(
            f"{row.__name__}.{name}: a field cannot begin with an underscore; give it another "
            f'name and say Col("{name}")'
        )
    for base in row.__mro__[1:]:
        if base is not Row and issubclass(base, Row):
            for name in base.model_fields.keys() - row.model_fields.keys():
                raise ConfigError(
                    f"{row.__name__}.{name}: a column of {base.__name__} cannot be removed; "
                    "let both extend a smaller row"
                )
