"""
Tokens that must not pass, each one step away from a token that does.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from supaopt.errors import AuthError, TokenExpiredError, TokenInvalidError
from supaopt.testing import SigningKey, mint

NOW = 1_750_000_000
UUID_A = "1b4e28ba-2fa1-4d1e-883f-0016d3cca427"
FOREIGN = SigningKey.es256("es-1")
FOREIGN_RSA = SigningKey.rs256("es-1")


def b64(content: bytes | str | dict[str, Any]) -> str:
    if isinstance(content, dict):
        content = json.dumps(content)
    if isinstance(content, str):
        content = content.encode("utf-8", "surrogatepass")
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Forge:
    """What an attacker has: a valid token, the public key, keys of their own."""

    def __init__(self, key: SigningKey, secret_key: SigningKey, issuer: str) -> None:
        self.key, self.secret_key, self.issuer = key, secret_key, issuer
        self.pem = key.material.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )

    @cached_property
    def good(self) -> str:
        """The one valid token that attacks on form bend: each differs from it in one step."""
        return self.mint({})

    def mint(self, claims: dict[str, Any] | None = None, **options: Any) -> str:
        if claims is None and not options:
            return self.good
        signer = options.pop("signer", self.key)
        return mint(signer, {"iss": self.issuer} | (claims or {}), now=NOW, **options)

    def parts(self) -> list[str]:
        return self.mint().split(".")

    def headed(self, header: bytes | str | dict[str, Any], signature: bytes = b"\1" * 64) -> str:
        return f"{b64(header)}.{self.parts()[1]}.{b64(signature)}"

    def hmac(self, key: bytes, **header: Any) -> str:
        signed = f"{b64({'alg': 'HS256', 'kid': 'es-1'} | header)}.{self.parts()[1]}"
        return f"{signed}.{b64(hmac.digest(key, signed.encode(), hashlib.sha256))}"

    def signed(self, payload: bytes | str, header: dict[str, Any] | None = None) -> str:
        """Sign any bytes at all with the project's own legacy secret."""
        signed = f"{b64(header or {'alg': 'HS256', 'typ': 'JWT'})}.{b64(payload)}"
        secret = self.secret_key.material
        return f"{signed}.{b64(hmac.digest(secret, signed.encode(), hashlib.sha256))}"

    def payload(self, **claims: Any) -> str:
        good = json.loads(base64.urlsafe_b64decode(self.parts()[1] + "=="))
        return json.dumps(good | claims)

    def spliced(self, old: str, new: str) -> str:
        payload = self.payload()
        assert old in payload
        return self.signed(payload.replace(old, new, 1))

    def compactly(self, old: str, new: str) -> str:
        """Splice into a payload without a space, as Supabase writes it."""
        payload = json.dumps(json.loads(self.payload()), separators=(",", ":"))
        assert old in payload
        return self.signed(payload.replace(old, new, 1))


def _flip_last_bit(token: str) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + letters[letters.index(token[-1]) ^ 1]


Attack = Callable[[Forge], str]

FORMS: dict[str, Attack] = {
    "nothing": lambda f: "",
    "a dot": lambda f: ".",
    "two dots": lambda f: "..",
    "one part": lambda f: "abc",
    "two parts": lambda f: ".".join(f.parts()[:2]),
    "four parts": lambda f: f.mint() + ".AAAA",
    "five parts, a JWE": lambda f: f.mint() + ".AAAA.AAAA",
    "empty header": lambda f: "." + ".".join(f.parts()[1:]),
    "empty payload": lambda f: f"{f.parts()[0]}..{f.parts()[2]}",
    "empty signature": lambda f: ".".join([*f.parts()[:2], ""]),
    "swapped header and payload": lambda f: ".".join([f.parts()[1], f.parts()[0], f.parts()[2]]),
    "signature in front": lambda f: ".".join([f.parts()[2], *f.parts()[:2]]),
    "truncated signature": lambda f: f.mint()[:-8],
    "lengthened signature": lambda f: f.mint() + "AAAA",
    "padded parts": lambda f: f.mint() + "==",
    "padded payload": lambda f: ".".join([f.parts()[0], f.parts()[1] + "=", f.parts()[2]]),
    "space before": lambda f: " " + f.mint(),
    "space after": lambda f: f.mint() + " ",
    "newline after": lambda f: f.mint() + "\n",
    "newline within": lambda f: f.mint().replace(".", ".\n", 1),
    "tab within": lambda f: f.mint()[:10] + "\t" + f.mint()[10:],
    "NUL after": lambda f: f.mint() + "\0",
    "NUL within": lambda f: f.mint().replace(".", ".\0", 1),
    "comma and a second token": lambda f: f.mint() + "," + f.mint(),
    "semicolon": lambda f: f.mint() + ";a=b",
    "percent-encoded dots": lambda f: f.mint().replace(".", "%2E"),
    "classic base64 letters": lambda f: f.mint()[:-2] + "+/",
    "question mark in the payload": lambda f: f.mint().replace(".", ".?", 1),
    "junk in the signature": lambda f: f.mint()[:-4] + "????" + f.mint()[-4:],
    "spaces in the signature": lambda f: f.mint()[:-4] + "    " + f.mint()[-4:],
    "letters beyond ASCII": lambda f: f.mint()[:-1] + "é",
    "full-width digits": lambda f: "\uff11" + f.mint()[1:],
    "lone surrogate": lambda f: f.mint() + "\ud800",
    "right-to-left override": lambda f: "\u202e" + f.mint(),
    "one letter over a quartet": lambda f: f"{f.parts()[0]}.{f.parts()[1]}.A",
    "17 kB": lambda f: f.mint({"x": "a" * 14_000}),
    "a megabyte": lambda f: "A" * 1_000_000,
    "only dots": lambda f: "." * 10_000,
    "JSON serialisation": lambda f: json.dumps(
        {"protected": f.parts()[0], "payload": f.parts()[1], "signature": f.parts()[2]}
    ),
    "general JSON serialisation": lambda f: json.dumps(
        {"payload": f.parts()[1], "signatures": [{"protected": f.parts()[0]}]}
    ),
    "a refresh token": lambda f: "v1.MHhkZWFkYmVlZg.sbp_x",
    "an opaque refresh token": lambda f: "rk3zq5tqyn2a",
    "a publishable key": lambda f: "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH",
    "a secret key": lambda f: "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz",
    "quotes around": lambda f: f'"{f.mint()}"',
    "Bearer twice": lambda f: "Bearer " + f.mint(),
    "a nested token": lambda f: f.signed(f.mint(), {"alg": "HS256", "cty": "JWT"}),
}

HEADERS: dict[str, Attack] = {
    "alg none": lambda f: f.headed({"alg": "none", "kid": "es-1"}, b""),
    "alg none with a signature": lambda f: f.headed({"alg": "none", "kid": "es-1"}),
    "alg None": lambda f: f.headed({"alg": "None", "kid": "es-1"}),
    "alg nOnE": lambda f: f.headed({"alg": "nOnE", "kid": "es-1"}),
    "alg NONE": lambda f: f.headed({"alg": "NONE"}),
    "alg empty": lambda f: f.headed({"alg": "", "kid": "es-1"}),
    "alg missing": lambda f: f.headed({"kid": "es-1"}),
    "alg null": lambda f: f.headed({"alg": None, "kid": "es-1"}),
    "alg a list": lambda f: f.headed({"alg": ["ES256"], "kid": "es-1"}),
    "alg an object": lambda f: f.headed({"alg": {"a": "ES256"}, "kid": "es-1"}),
    "alg a number": lambda f: f.headed({"alg": 256, "kid": "es-1"}),
    "alg with a space": lambda f: f.headed({"alg": "ES256 ", "kid": "es-1"}),
    "alg in lower case": lambda f: f.headed({"alg": "es256", "kid": "es-1"}),
    "alg unknown": lambda f: f.headed({"alg": "XX256", "kid": "es-1"}),
    "HS256 with the public key": lambda f: f.hmac(f.pem),
    "HS256 with the public key, stripped": lambda f: f.hmac(f.pem.strip()),
    "HS256 with the JWK as text": lambda f: f.hmac(json.dumps(f.key.jwk()).encode()),
    "HS256 with the x coordinate": lambda f: f.hmac(f.key.jwk()["x"].encode()),
    "HS256 with an empty key": lambda f: f.hmac(b""),
    "HS256 with a NUL key": lambda f: f.hmac(b"\0"),
    "HS256 with the kid": lambda f: f.hmac(b"es-1"),
    "HS384 with the public key": lambda f: f.headed({"alg": "HS384", "kid": "es-1"}),
    "HS512 with the public key": lambda f: f.headed({"alg": "HS512", "kid": "es-1"}),
    "RS256 under an EC key": lambda f: f.mint(signer=FOREIGN_RSA),
    "ES384 under a P-256 key": lambda f: f.headed({"alg": "ES384", "kid": "es-1"}, b"\1" * 96),
    "ES256K under a P-256 key": lambda f: f.headed({"alg": "ES256K", "kid": "es-1"}),
    "PS256 under an EC key": lambda f: f.headed({"alg": "PS256", "kid": "es-1"}, b"\1" * 256),
    "EdDSA under an EC key": lambda f: f.headed({"alg": "EdDSA", "kid": "es-1"}),
    "a zero signature": lambda f: f.headed({"alg": "ES256", "kid": "es-1"}, b"\0" * 64),
    "a short signature": lambda f: f.headed({"alg": "ES256", "kid": "es-1"}, b"\1"),
    "a DER signature": lambda f: f.headed(
        {"alg": "ES256", "kid": "es-1"}, b"\x30\x06" + b"\1" * 68
    ),
    "a signature of ones": lambda f: f.headed({"alg": "ES256", "kid": "es-1"}, b"\xff" * 64),
    "somebody else's key under our kid": lambda f: f.mint(signer=FOREIGN),
    "an embedded key": lambda f: f.mint(signer=FOREIGN, headers={"jwk": FOREIGN.jwk()}),
    "a key address": lambda f: f.mint(signer=FOREIGN, headers={"jku": "https://evil.example/k"}),
    "a certificate address": lambda f: f.mint(
        signer=FOREIGN, headers={"x5u": "https://evil.example"}
    ),
    "a certificate": lambda f: f.mint(signer=FOREIGN, headers={"x5c": ["MIIB"]}),
    "kid unknown": lambda f: f.mint(headers={"kid": "es-2"}),
    "kid a path": lambda f: f.mint(signer=FOREIGN, headers={"kid": "../../../../dev/null"}),
    "kid SQL": lambda f: f.mint(signer=FOREIGN, headers={"kid": "' or '1'='1"}),
    "kid a URL": lambda f: f.mint(signer=FOREIGN, headers={"kid": "https://evil.example/k"}),
    "kid a shell command": lambda f: f.mint(signer=FOREIGN, headers={"kid": "|sleep 9"}),
    "kid with a NUL": lambda f: f.mint(headers={"kid": "es-1\0"}),
    "kid in upper case": lambda f: f.mint(headers={"kid": "ES-1"}),
    "kid a number": lambda f: f.headed({"alg": "ES256", "kid": 1}),
    "kid a list": lambda f: f.headed({"alg": "ES256", "kid": ["es-1"]}),
    "kid an object": lambda f: f.headed({"alg": "ES256", "kid": {"$ne": None}}),
    "kid true": lambda f: f.headed({"alg": "ES256", "kid": True}),
    "crit": lambda f: f.mint(headers={"crit": ["exp"]}),
    "crit empty": lambda f: f.headed({"alg": "ES256", "kid": "es-1", "crit": []}),
    "b64 false": lambda f: f.headed({"alg": "ES256", "kid": "es-1", "b64": False, "crit": ["b64"]}),
    "alg twice": lambda f: f.headed('{"alg":"ES256","alg":"none","kid":"es-1"}'),
    "kid twice": lambda f: f.headed('{"alg":"ES256","kid":"x","kid":"es-1"}'),
    "alg twice, escaped": lambda f: f.headed('{"alg":"ES256","\\u0061lg":"none","kid":"es-1"}'),
    "header a list": lambda f: f.headed('["ES256"]'),
    "header a string": lambda f: f.headed('"ES256"'),
    "header null": lambda f: f.headed("null"),
    "header with a trailing comma": lambda f: f.headed('{"alg":"ES256","kid":"es-1",}'),
    "header with a comment": lambda f: f.headed('{"alg":"ES256"/**/,"kid":"es-1"}'),
    "header in UTF-16": lambda f: f.headed('{"alg":"ES256"}'.encode("utf-16")),
    "header with a byte order mark": lambda f: f.headed(
        b'\xef\xbb\xbf{"alg":"ES256","kid":"es-1"}'
    ),
    "header not UTF-8": lambda f: f.headed(b'{"alg":"ES256","kid":"es-1\xff"}'),
    "header with overlong UTF-8": lambda f: f.headed(b'{"alg":"ES256","kid":"es\xc0\xad1"}'),
    "header nested deeply": lambda f: f.headed('{"alg":"ES256","x":' + "[" * 900 + "]" * 900 + "}"),
    "header of 3 kB": lambda f: f.headed({"alg": "ES256", "kid": "es-1", "x": "a" * 3_000}),
    "header with NaN": lambda f: f.headed('{"alg":"ES256","kid":"es-1","x":NaN}'),
}

CLAIMS: dict[str, Attack] = {
    "another project": lambda f: f.mint({"iss": "https://evil.supabase.co/auth/v1"}),
    "issuer with a suffix": lambda f: f.mint({"iss": f.issuer + "/evil"}),
    "issuer with a prefix": lambda f: f.mint({"iss": "https://evil.example/" + f.issuer}),
    "issuer with a slash": lambda f: f.mint({"iss": f.issuer + "/"}),
    "issuer cut short": lambda f: f.mint({"iss": f.issuer[:-1]}),
    "issuer in upper case": lambda f: f.mint({"iss": f.issuer.upper()}),
    "issuer a list": lambda f: f.mint({"iss": [f.issuer]}),
    "issuer null": lambda f: f.mint({"iss": None}),
    "issuer missing": lambda f: f.mint(omit=["iss"]),
    "issuer empty": lambda f: f.mint({"iss": ""}),
    "another audience": lambda f: f.mint({"aud": "anon"}),
    "audience missing": lambda f: f.mint(omit=["aud"]),
    "audience an empty list": lambda f: f.mint({"aud": []}),
    "audience a list without us": lambda f: f.mint({"aud": ["other"]}),
    "audience a nested list": lambda f: f.mint({"aud": [["authenticated"]]}),
    "audience a mixed list": lambda f: f.mint({"aud": ["authenticated", 1]}),
    "audience an object": lambda f: f.mint({"aud": {"authenticated": True}}),
    "audience within a word": lambda f: f.mint({"aud": "authenticated-not"}),
    "audience with a space": lambda f: f.mint({"aud": "authenticated anon"}),
    "role anon": lambda f: f.mint({"role": "anon"}),
    "role service_role": lambda f: f.mint({"role": "service_role"}),
    "role postgres": lambda f: f.mint({"role": "postgres"}),
    "role supabase_admin": lambda f: f.mint({"role": "supabase_admin"}),
    "role missing": lambda f: f.mint(omit=["role"]),
    "role null": lambda f: f.mint({"role": None}),
    "role a list": lambda f: f.mint({"role": ["authenticated"]}),
    "role in upper case": lambda f: f.mint({"role": "AUTHENTICATED"}),
    "the anon key": lambda f: f.mint(
        {"iss": "supabase", "role": "anon"}, omit=["sub", "session_id", "aud"]
    ),
    "the service_role key": lambda f: f.mint(
        {"iss": "supabase", "role": "service_role"}, omit=["sub", "session_id", "aud"]
    ),
    "sub missing": lambda f: f.mint(omit=["sub"]),
    "sub null": lambda f: f.mint({"sub": None}),
    "sub empty": lambda f: f.mint({"sub": ""}),
    "sub a number": lambda f: f.mint({"sub": 7}),
    "sub a name": lambda f: f.mint({"sub": "admin"}),
    "sub without hyphens": lambda f: f.mint({"sub": UUID_A.replace("-", "")}),
    "sub in braces": lambda f: f.mint({"sub": "{" + UUID_A + "}"}),
    "sub as a URN": lambda f: f.mint({"sub": "urn:uuid:" + UUID_A}),
    "sub SQL": lambda f: f.mint({"sub": UUID_A[:-9] + "' or 1=1-"}),
    "sub with a newline": lambda f: f.mint({"sub": UUID_A + "\n"}),
    "sub with hyphens elsewhere": lambda f: f.mint({"sub": "1b4e28ba2-fa1-4d1e-883f-0016d3cca427"}),
    "sub in full-width digits": lambda f: f.mint({"sub": "\uff11" + UUID_A[1:]}),
    "session_id missing": lambda f: f.mint(omit=["session_id"]),
    "session_id no UUID": lambda f: f.mint({"session_id": "x"}),
    "exp missing": lambda f: f.mint(omit=["exp"]),
    "exp null": lambda f: f.mint({"exp": None}),
    "exp zero": lambda f: f.mint({"exp": 0}),
    "exp negative": lambda f: f.mint({"exp": -1}),
    "exp a string": lambda f: f.mint({"exp": str(NOW + 60)}),
    "exp a float": lambda f: f.mint({"exp": NOW + 60.5}),
    "exp a whole float": lambda f: f.mint({"exp": float(NOW + 60)}),
    "exp true": lambda f: f.mint({"exp": True}),
    "exp a list": lambda f: f.mint({"exp": [NOW + 60]}),
    "exp beyond every calendar": lambda f: f.mint({"exp": 10**400}),
    "exp in milliseconds": lambda f: f.mint({"exp": (NOW + 60) * 1000}),
    "exp with an exponent": lambda f: f.spliced(f'"exp": {NOW + 3600}', '"exp": 2e9'),
    "exp infinite": lambda f: f.spliced(f'"exp": {NOW + 3600}', '"exp": 1e999'),
    "exp NaN": lambda f: f.spliced(f'"exp": {NOW + 3600}', '"exp": NaN'),
    "exp Infinity": lambda f: f.spliced(f'"exp": {NOW + 3600}', '"exp": Infinity'),
    "exp with a leading zero": lambda f: f.spliced(f'"exp": {NOW + 3600}', f'"exp": 0{NOW + 3600}'),
    "exp twice": lambda f: f.spliced(f'"exp": {NOW + 3600}', f'"exp": 1, "exp": {NOW + 3600}'),
    "exp before iat": lambda f: f.mint({"exp": NOW + 5, "iat": NOW + 8}),
    "iat missing": lambda f: f.mint(omit=["iat"]),
    "iat a string": lambda f: f.mint({"iat": str(NOW)}),
    "iat far ahead": lambda f: f.mint({"iat": NOW + 3_000}),
    "iat beyond every calendar": lambda f: f.mint({"iat": 10**30}),
    "nbf ahead": lambda f: f.mint({"nbf": NOW + 600}),
    "nbf a string": lambda f: f.mint({"nbf": str(NOW)}),
    "nbf false": lambda f: f.mint({"nbf": False}),
    "an OAuth application's token": lambda f: f.mint({"scope": "openid email"}),
    "an OAuth application's sign-in": lambda f: f.mint(
        {"client_id": UUID_A, "amr": [{"method": "oauth_provider/authorization_code"}]}
    ),
    "aal unknown": lambda f: f.mint({"aal": "aal9"}),
    "aal a number": lambda f: f.mint({"aal": 2}),
    "is_anonymous a string": lambda f: f.mint({"is_anonymous": "false"}),
    "app_metadata a list": lambda f: f.mint({"app_metadata": []}),
    "profile_is_active a string": lambda f: f.mint({"profile_is_active": "true"}),
    "profile_is_active one": lambda f: f.mint({"profile_is_active": 1}),
    "user_role a list": lambda f: f.mint({"user_role": ["admin"]}),
    "client_id no UUID": lambda f: f.mint({"client_id": "all"}),
    "role twice": lambda f: f.spliced(
        '"role": "authenticated"', '"role": "authenticated", "role": "x"'
    ),
    "role twice, escaped": lambda f: f.spliced(
        '"role": ', '"r\\u006fle": "authenticated", "role": '
    ),
    "role twice, without spaces": lambda f: f.compactly(
        '"role":"authenticated"', '"role":"x","role":"authenticated"'
    ),
    "role twice and the same": lambda f: f.compactly(
        '"role":"authenticated"', '"role":"authenticated","role":"authenticated"'
    ),
    "duplicate deep inside, without spaces": lambda f: f.compactly(
        '"user_metadata":{}', '"user_metadata":{"a":1,"a":1}'
    ),
    "duplicate deep inside": lambda f: f.spliced(
        '"user_metadata": {}', '"user_metadata": {"a":1,"a":2}'
    ),
    "a lone surrogate": lambda f: f.spliced('"phone": ""', '"phone": "\\ud800"'),
    "a lone surrogate in a name": lambda f: f.spliced('"phone": ""', '"phone": "", "\\udc00": 1'),
    "NaN in another claim": lambda f: f.spliced('"phone": ""', '"x": NaN'),
    "infinity in another claim": lambda f: f.spliced('"phone": ""', '"x": -Infinity'),
    "a number too large in another claim": lambda f: f.spliced('"phone": ""', '"x": 1e999'),
    "nested deeply": lambda f: f.spliced('"phone": ""', '"x": ' + "[" * 5_000 + "]" * 5_000),
    "a number of 5,000 digits": lambda f: f.spliced('"phone": ""', '"x": ' + "1" * 5_000),
    "payload a list": lambda f: f.signed("[]"),
    "payload a string": lambda f: f.signed('"x"'),
    "payload null": lambda f: f.signed("null"),
    "payload text": lambda f: f.signed("hello"),
    "payload two objects": lambda f: f.signed(f.payload() + f.payload()),
    "payload with a byte order mark": lambda f: f.signed("\ufeff" + f.payload()),
    "payload in UTF-16": lambda f: f.signed(f.payload().encode("utf-16")),
    "payload not UTF-8": lambda f: f.signed(f.payload().encode().replace(b"ada@", b"\xff@")),
    "payload in single quotes": lambda f: f.signed(f.payload().replace('"', "'")),
}

EXPIRED: dict[str, Attack] = {
    "expired a minute ago": lambda f: f.mint(
        lifetime=60, claims={"exp": NOW - 60, "iat": NOW - 90}
    ),
    "expired just beyond the leeway": lambda f: f.mint({"exp": NOW - 10, "iat": NOW - 90}),
}

GOOD: dict[str, Attack] = {
    "a user's token": lambda f: f.mint(),
    "a user's token without a kid, from a set of one": lambda f: f.mint(
        signer=replace(f.key, kid=None)
    ),
    "a legacy token": lambda f: f.mint(signer=f.secret_key),
    "a legacy token with a kid": lambda f: f.mint(signer=f.secret_key, headers={"kid": "legacy"}),
    "an audience of several": lambda f: f.mint({"aud": ["authenticated", "other"]}),
    "unknown claims": lambda f: f.mint({"org": {"plan": "free"}, "big": 10**30}),
    "claims in every script": lambda f: f.mint({"user_metadata": {"name": "Zoë 💜 שלום"}}),
    "expired within the leeway": lambda f: f.mint({"exp": NOW - 9, "iat": NOW - 90}),
    "issued within the leeway": lambda f: f.mint({"iat": NOW + 10}),
    "nbf in the past": lambda f: f.mint({"nbf": NOW - 1}),
    "a UUID in upper case": lambda f: f.mint({"sub": UUID_A.upper()}),
    "a bare header": lambda f: f.signed(f.payload(), {"alg": "HS256"}),
}


@pytest.fixture(name="forge")
def _forge(key: SigningKey, secret_key: SigningKey, project: Any) -> Forge:
    return Forge(key, secret_key, project.issuer)


@pytest.mark.parametrize("attack", GOOD.values(), ids=GOOD.keys())
def test_what_the_attacks_are_made_from_is_accepted(
    attack: Attack, auth: Any, forge: Forge
) -> None:
    """The tokens that the catalogue bends pass, so its refusals mean something."""
    assert str(auth.token(attack(forge)).claims.session_id)


@pytest.mark.parametrize(
    "attack", [*FORMS.values(), *HEADERS.values(), *CLAIMS.values()],
    ids=[*FORMS.keys(), *HEADERS.keys(), *CLAIMS.keys()],
)  # fmt: skip
def test_a_bad_token_is_refused_as_invalid(attack: Attack, auth: Any, forge: Forge) -> None:
    """A token that is forged, malformed, foreign or no user's raises TokenInvalidError alone."""
    token = attack(forge)
    with pytest.raises(TokenInvalidError) as caught:
        auth.token(token)
    assert not isinstance(caught.value, TokenExpiredError)


@pytest.mark.parametrize("attack", EXPIRED.values(), ids=EXPIRED.keys())
def test_a_late_token_is_refused_as_expired(attack: Attack, auth: Any, forge: Forge) -> None:
    """A genuine token that is too old says so, because the client can do something about it."""
    with pytest.raises(TokenExpiredError):
        auth.token(attack(forge))


def _said(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield from (str(error), repr(error), repr(error.__dict__))
        # Where the decoders of the standard library keep what they were given.
        yield from (str(getattr(error, name, "")) for name in ("doc", "object"))
        error = error.__context__


@pytest.mark.parametrize(
    "attack", [*FORMS.values(), *HEADERS.values(), *CLAIMS.values()],
    ids=[*FORMS.keys(), *HEADERS.keys(), *CLAIMS.keys()],
)  # fmt: skip
def test_a_refusal_repeats_nothing_of_the_token(attack: Attack, auth: Any, forge: Forge) -> None:
    """Neither an error nor the one it arose from says a part of the token or its payload."""
    token = attack(forge)
    with pytest.raises(AuthError) as caught:
        auth.token(token)
    said = "".join(_said(caught.value))
    secrets = [*token.split("."), "ada@example.com"]
    assert [part for part in secrets if len(part) > 8 and part in said] == []


def test_the_catalogue_is_as_large_as_it_claims() -> None:
    """At least one hundred and fifty tokens are refused."""
    assert len(FORMS) + len(HEADERS) + len(CLAIMS) + len(EXPIRED) >= 150


def test_every_bit_of_a_signature_counts(auth: Any, forge: Forge) -> None:
    """Changing any byte of a signature, or only its unused last bits, is noticed."""
    token = forge.mint()
    head, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    bent = [raw[:i] + bytes([raw[i] ^ 1]) + raw[i + 1 :] for i in range(len(raw))]
    accepted = []
    for tampered in [*(f"{head}.{b64(s)}" for s in bent), _flip_last_bit(token)]:
        try:
            auth.token(tampered)
            accepted.append(tampered)
        except TokenInvalidError:
            pass
    assert accepted == []


def test_a_project_with_published_keys_takes_no_shared_secret(make_auth: Any, forge: Forge) -> None:
    """Without an explicit secret no HS256 token passes, whatever key made it."""
    auth = make_auth()
    for token in [forge.mint(signer=forge.secret_key), forge.hmac(forge.pem)]:
        with pytest.raises(TokenInvalidError, match="not signed as this project signs"):
            auth.token(token)
