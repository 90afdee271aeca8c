"""
Coverage-guided fuzzing of whatever a stranger can send: only AuthError ever comes out.

Run: ``python tests/fuzz/auth.py token|claims|header|cookies [libFuzzer's options]``, for instance
with ``-max_total_time=600``. A finding ends the run and is written to a file ``crash-...``, which
reproduces it when it is given as the only option. pytest does not collect this.
"""

from __future__ import annotations

import base64
import hmac
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import atheris

with atheris.instrument_imports(include=["supaopt.auth", "json"]):
    from supaopt.auth import CustomJWTClaims, SupabaseAuth
    from supaopt.auth._cookies import session_token
    from supaopt.auth._token import parse
from supaopt.errors import AuthError
from supaopt.testing import SigningKey, mint

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "super-secret-jwt-token-with-at-least-32-characters-long"
NOW = 1_750_000_000
COOKIE = "sb-127-auth-token"
AUTH = SupabaseAuth(
    "http://127.0.0.1:9",
    publishable_key="sb_publishable_x",
    jwt_secret=SECRET,
    claims=CustomJWTClaims,
    clock=lambda: NOW,
    cookies=True,
)
HEAD = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').rstrip(b"=")
GOOD = mint(SigningKey.hs256(SECRET), {"iss": "http://127.0.0.1:9/auth/v1"}, now=NOW)


def token(data: bytes) -> None:
    """Read *data* as a token."""
    parse(data.decode("utf-8", "surrogateescape"))


def claims(data: bytes) -> None:
    """Verify a token whose signature is right and whose payload is *data*."""
    signed = HEAD + b"." + base64.urlsafe_b64encode(data).rstrip(b"=")
    signature = hmac.digest(SECRET.encode(), signed, "sha256")
    AUTH.authenticate((signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode())


def header(data: bytes) -> None:
    """Verify requests whose Authorization headers are the lines of *data*."""
    pairs = [(b"authorization", line) for line in data.split(b"\n")]
    AUTH.authenticate_request({"type": "http", "headers": pairs})


def cookies(data: bytes) -> None:
    """Read the session from Cookie headers that are the lines of *data*."""
    session_token([line.decode("latin-1") for line in data.split(b"\n")], COOKIE)


def _seeds() -> dict[Callable[[bytes], None], bytes]:
    payload = GOOD.split(".")[1]
    session = b'{"access_token":"%s"}' % GOOD.encode()
    return {
        token: GOOD.encode(),
        claims: base64.urlsafe_b64decode(payload + "=="),
        header: b"Bearer " + GOOD.encode(),
        cookies: b"%s.0=base64-%s" % (COOKIE.encode(), base64.urlsafe_b64encode(session)),
    }


def main() -> None:
    """Fuzz the target that the command line names."""
    seeds = {target.__name__: (target, seed) for target, seed in _seeds().items()}
    if len(sys.argv) < 2 or sys.argv[1] not in seeds:
        sys.exit(f"usage: auth.py {'|'.join(seeds)} [libFuzzer's options]")
    target, seed = seeds[sys.argv.pop(1)]
    target(seed)  # one that were refused would teach the fuzzer nothing
    if all(option.startswith("-") for option in sys.argv[1:]):
        corpus = Path(tempfile.mkdtemp(prefix="supaopt-fuzz-"))
        (corpus / "seed").write_bytes(seed)
        sys.argv.append(str(corpus))

    def only_auth_error(data: bytes) -> None:
        with suppress(AuthError):
            target(data)

    atheris.Setup(sys.argv, only_auth_error)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
