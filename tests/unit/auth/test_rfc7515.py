"""
The examples in appendix A of RFC 7515.
"""

from typing import Any

import pytest

from supaopt.auth._keys import KeyRing, key_of_jwk, verify
from supaopt.auth._token import parse
from supaopt.errors import TokenInvalidError

JOE = (
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
)
A1 = f"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{JOE}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
A1_KEY = {
    "kty": "oct",
    "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
}
A2 = (
    f"eyJhbGciOiJSUzI1NiJ9.{JOE}."
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5"
    "jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb"
    "1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QO"
    "YEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
)
A2_KEY = {
    "kty": "RSA",
    "e": "AQAB",
    "n": (
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt"
        "0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSX"
        "ndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5"
        "IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
    ),
}
A3 = (
    f"eyJhbGciOiJFUzI1NiJ9.{JOE}."
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)
A3_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
A4 = (
    "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA."
    "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8G"
    "aSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn"
)
A4_KEY = {
    "kty": "EC",
    "crv": "P-521",
    "x": "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
    "y": "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
}
A5 = f"eyJhbGciOiJub25lIn0.{JOE}."
KEYS: list[dict[str, Any]] = [A1_KEY, A2_KEY, A3_KEY, A4_KEY]


def _ring(jwk: dict[str, Any]) -> KeyRing:
    key = key_of_jwk(jwk)
    assert key is not None
    return KeyRing([key])


@pytest.mark.parametrize(
    ("token", "jwk", "alg"),
    [(A1, A1_KEY, "HS256"), (A2, A2_KEY, "RS256"), (A3, A3_KEY, "ES256"), (A4, A4_KEY, "ES512")],
    ids=["A.1", "A.2", "A.3", "A.4"],
)
def test_a_signed_example_verifies_with_its_own_key_alone(
    token: str, jwk: dict[str, Any], alg: str
) -> None:
    """Each signed example passes with the key beside it, and with no other example's."""
    assert alg == verify(parse(token), _ring(jwk)).alg
    for other in KEYS:
        if other is not jwk:
            with pytest.raises(TokenInvalidError):
                verify(parse(token), _ring(other))


@pytest.mark.parametrize("jwk", KEYS, ids=["A.1", "A.2", "A.3", "A.4"])
def test_the_unsecured_example_never_passes(jwk: dict[str, Any]) -> None:
    """Appendix A.5, a token with the algorithm none, is refused whatever key is there."""
    with pytest.raises(TokenInvalidError):
        verify(parse(A5), _ring(jwk))


def test_the_json_serialisation_is_no_token() -> None:
    """Appendix A.6 writes a signature as JSON, which no Authorization header carries."""
    with pytest.raises(TokenInvalidError):
        parse(f'{{"payload":"{JOE}","signatures":[]}}')
