"""
supaopt: fast, safe and typed Supabase backends in Python.

The root holds the version and the exceptions; everything else is imported from the package
that does the work: `supaopt.auth`, `supaopt.selectors`, `supaopt.rpc`, `supaopt.cache`.
"""

from supaopt.errors import (
    AuthError,
    BadGatewayError,
    ConfigError,
    ConflictError,
    ForbiddenError,
    KeysUnavailableError,
    MissingExtraError,
    NotFoundError,
    PermissionDeniedError,
    RequestError,
    RequestTimeoutError,
    ResponseError,
    StackError,
    StatementTimeoutError,
    SupaoptError,
    TokenExpiredError,
    TokenInvalidError,
)

__version__ = "0.1.0"

__all__ = [
    "AuthError",
    "BadGatewayError",
    "ConfigError",
    "ConflictError",
    "ForbiddenError",
    "KeysUnavailableError",
    "MissingExtraError",
    "NotFoundError",
    "PermissionDeniedError",
    "RequestError",
    "RequestTimeoutError",
    "ResponseError",
    "StackError",
    "StatementTimeoutError",
    "SupaoptError",
    "TokenExpiredError",
    "TokenInvalidError",
    "__version__",
]
