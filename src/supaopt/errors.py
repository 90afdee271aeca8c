"""
Every exception that supaopt raises.

They branch by what the caller does next:

    SupaoptError
    ├── ConfigError (ValueError)       fix the code or the settings
    ├── MissingExtraError (ImportError)  install an extra
    ├── AuthError                      answer 401, 403 or 503
    │   ├── TokenInvalidError          401: the token proves nothing
    │   │   └── TokenExpiredError      401: it did, until it expired
    │   ├── ForbiddenError             403: known caller, not allowed
    │   └── KeysUnavailableError       503: nobody can be verified now
    ├── RequestError                   no answer arrived: try again
    │   └── RequestTimeoutError
    ├── ResponseError                  the server said no
    │   ├── PermissionDeniedError      grants or RLS refuse it
    │   ├── NotFoundError              no such row, table, column or function
    │   ├── ConflictError              a constraint or a concurrent write refuses it
    │   ├── StatementTimeoutError      the database gave up on it
    │   └── BadGatewayError            something that is no PostgREST answered
    └── StackError                     the local Supabase did not start

No message, attribute or repr of them holds a token or a secret.
"""

from __future__ import annotations

from typing import Any


class SupaoptError(Exception):
    """
    Root of the tree; never raised itself.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        # Keyword-only constructors break the default protocol, and errors cross process pools.
        return _restore, (type(self), self.args, self.__dict__)


def _restore(cls: type[SupaoptError], args: tuple[Any, ...], state: dict[str, Any]) -> SupaoptError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class ConfigError(SupaoptError, ValueError):
    """
    A value that the program passed, or a setting, cannot be right.
    """


class MissingExtraError(SupaoptError, ImportError):
    """
    A feature needs packages that are not installed; the message holds the pip command.

    Attributes:
        extra: Name of the extra, as in ``pip install 'supaopt[extra]'``.
    """

    def __init__(self, extra: str, *, feature: str) -> None:
        super().__init__(f"{feature} needs more packages: pip install 'supaopt[{extra}]'")
        self.extra = extra


class AuthError(SupaoptError):
    """
    A request could not be let through.

    Attributes:
        code: Stable, machine-readable reason, such as ``token_expired``.
        status: HTTP status to answer with.
    """

    code: str = "unauthorized"
    status: int = 401

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class TokenInvalidError(AuthError):
    """
    No token, or one that proves nothing.
    """

    code = "token_invalid"


class TokenExpiredError(TokenInvalidError):
    """
    The token was good until it expired; the client should refresh it.
    """

    code = "token_expired"


class ForbiddenError(AuthError):
    """
    The caller is known and may not do this.
    """

    code = "forbidden"
    status = 403


class KeysUnavailableError(AuthError):
    """
    The project's signing keys cannot be had, so no token can be judged now.
    """

    code = "keys_unavailable"
    status = 503


class RequestError(SupaoptError):
    """
    No answer arrived: the network or the server failed. The request may be tried again.
    """


class RequestTimeoutError(RequestError, TimeoutError):
    """
    No answer arrived in time.
    """


class ResponseError(SupaoptError):
    """
    The server answered and refused.

    Attributes:
        status: HTTP status.
        code: SQLSTATE or PostgREST code (``42501``, ``PGRST116``), or None when there was none.
        details: What the server said beyond its message.
        hint: What the server advises.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str | None = None,
        details: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.details = details
        self.hint = hint

    def __str__(self) -> str:
        text = str(self.args[0])
        if self.code:
            text += f" [{self.code}]"
        return f"{text} (hint: {self.hint})" if self.hint else text


class PermissionDeniedError(ResponseError):
    """
    A grant or a row-level-security policy refuses it.
    """


class NotFoundError(ResponseError):
    """
    No such row, table, column or function.
    """


class ConflictError(ResponseError):
    """
    A constraint or a concurrent write refuses it.
    """


class StatementTimeoutError(ResponseError):
    """
    The database gave up on the statement.
    """


class BadGatewayError(ResponseError):
    """
    The answer does not come from PostgREST: a proxy's page, or cut short.
    """


class StackError(SupaoptError):
    """
    The local Supabase could not be started, reached or stopped.

    Attributes:
        part: Which part failed: ``postgres``, ``api``, ``node``, ``packages``, ``guard`` or
            ``state``.
        log: Last lines that the part printed, or the empty string.
    """

    def __init__(self, message: str, *, part: str, log: str = "") -> None:
        super().__init__(message)
        self.part = part
        self.log = log

    def __str__(self) -> str:
        text = str(self.args[0])
        return f"{text}\n{self.log}" if self.log else text
