"""
What identifies one local project: its keys and passwords, kept beside its data.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
import uuid
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Self

from supaopt.errors import StackError

if TYPE_CHECKING:
    from pathlib import Path

FILE = "project.json"

# Legacy keys live for ten years; these begin with 2025.
_ISSUED = 1_735_689_600
_EXPIRES = 2_051_222_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """
    Keys and passwords of one project, made once and then kept.

    Attributes:
        publishable_key: API key of anonymous callers.
        secret_key: API key of the server side.
        jwt_secret: Shared secret of the legacy HS256 tokens.
        signing_jwk: Private ES256 key that signs the access tokens of users.
        owner_password: Password of ``postgres``, who owns the database.
        superuser_password: Password of ``supabase_admin``.
        service_password: Password of the roles that the API logs in as.
    """

    publishable_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    jwt_secret: str = field(repr=False)
    signing_jwk: dict[str, Any] = field(repr=False)
    owner_password: str = field(repr=False)
    superuser_password: str = field(repr=False)
    service_password: str = field(repr=False)

    @classmethod
    def create(cls) -> Self:
        """
        Make a project with fresh, random keys.
        """
        return cls(
            publishable_key=f"sb_publishable_{secrets.token_urlsafe(24)}",
            secret_key=f"sb_secret_{secrets.token_urlsafe(24)}",
            jwt_secret=secrets.token_urlsafe(48),
            signing_jwk=_new_signing_jwk(),
            owner_password=secrets.token_urlsafe(16),
            superuser_password=secrets.token_urlsafe(24),
            service_password=secrets.token_urlsafe(24),
        )

    @classmethod
    def open(cls, state_dir: Path) -> Self:
        """
        Read the project kept in *state_dir*, or make it there.

        Raises:
            StackError: The file is there and cannot be understood.
        """
        path = state_dir / FILE
        if not path.exists():
            project = cls.create()
            write_private(path, json.dumps(asdict(project)))
            return project
        try:
            return cls(**json.loads(path.read_text()))
        except (TypeError, ValueError) as error:
            raise StackError(
                f"{path} is damaged or of another version; delete the folder to start anew",
                part="state",
            ) from error

    def legacy_key(self, role: str) -> str:
        """
        Return the legacy API key of ``anon`` or ``service_role``: an HS256 token.
        """
        header = _encode(b'{"alg":"HS256","typ":"JWT"}')
        claims = {
            "iss": "supabase",
            "ref": "local",
            "role": role,
            "iat": 1735689600,
            "exp": 2051222400,
        }
        signed = header + b"." + _encode(json.dumps(claims).encode())
        signature = hmac.digest(self.jwt_secret.encode(), signed, "sha256")
        return (signed + b"." + _encode(signature)).decode()


def write_private(path: Path, text: str) -> None:
    """
    Replace the file at *path* in one step, readable by its owner alone.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    temporary.replace(path)


def _new_signing_jwk() -> dict[str, Any]:
    # cryptography takes a tenth of a second to import, and a kept project has its key already.
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    numbers = ec.generate_private_key(ec.SECP256R1()).private_numbers()
    public = numbers.public_numbers
    return {
        "kty": "EC",
        "crv": "P-256",
        "kid": str(uuid.uuid4()),
        "x": _base64url(public.x),
        "y": _base64url(public.y),
        "d": _base64url(numbers.private_value),
    }


def _base64url(number: int) -> str:
    return _encode(number.to_bytes(32, "big")).decode()


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
