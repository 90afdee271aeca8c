"""
From a file to its text to its syntax tree; nothing of it is imported or run.
"""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import PurePath

LARGEST_BYTES = 4 * 1024 * 1024


class Unreadable(Exception):  # noqa: N818 - it never leaves the package
    """
    A file that cannot be audited.

    Attributes:
        line: Where it breaks, from 1.
        column: Where it breaks, from 1.
    """

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


def read(path: PurePath) -> str:
    """
    Return the text of a file in the encoding that it declares.

    Raises:
        Unreadable: If it cannot be read or decoded, or is too large.
    """
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or type(error).__name__}") from None
    if len(content) > LARGEST_BYTES:
        raise Unreadable(f"larger than {LARGEST_BYTES // 1024**2} MiB, so probably generated")
    return decode(content)


def decode(content: bytes) -> str:
    """
    Return the text of Python source.

    Raises:
        Unreadable: If its encoding is unknown or not the one declared.
    """
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return content.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError, ValueError):
        raise Unreadable("not in the encoding that it declares, or not UTF-8") from None


def parse(text: str) -> ast.Module:
    """
    Return the syntax tree of Python source.

    Raises:
        Unreadable: If it is no Python, or nests too deeply for Python itself.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the audited code, such as invalid escapes
            return ast.parse(text)
    except SyntaxError as error:
        line, column = error.lineno or 1, error.offset or 1
        raise Unreadable(f"no valid Python: {error.msg}", line, max(column, 1)) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(f"cannot be parsed: {type(error).__name__}") from None
