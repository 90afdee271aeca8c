"""
Public conformance vectors, read through SUPAOPT_VECTORS.

They are data of others (C2SP/wycheproof, ietf-jose/cookbook, and the fixtures of joserfc and
PyJWT) and are not copied into this project. Our own catalogue in test_attacks.py always runs.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from supaopt.auth._keys import KeyRing, key_of_jwk, ring_of_jwks, verify
from supaopt.auth._token import parse
from supaopt.errors import KeysUnavailableError, SupaoptError

ROOT = os.environ.get("SUPAOPT_VECTORS")
pytestmark = pytest.mark.skipif(
    ROOT is None,
    reason=(
        "set SUPAOPT_VECTORS to a folder with wycheproof/ (C2SP/wycheproof testvectors_v1), "
        "rfc_cookbook/ (ietf-jose/cookbook), joserfc/ and pyjwt_jwk/ (their test fixtures)"
    ),
)
# 367 and 370 are byte for byte the valid 357; 372 and 373 hold a '?' and are called valid;
# the others are called valid although header and key name different algorithms.
MISLABELLED = {346, 347, 350, 351, 367, 370, 372, 373}

RFC_7515_A1 = {
    "kty": "oct",
    "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
}


def _load(*path: str) -> Any:
    return json.loads(Path(ROOT or ".", *path).read_text(encoding="utf-8"))


def _paths(folder: str, pattern: str) -> list[Path]:
    return sorted(Path(ROOT, folder).glob(pattern)) if ROOT else []


def _ring(keys: dict[str, Any]) -> KeyRing:
    jwks = keys.get("keys", [keys])
    return KeyRing([key for key in map(key_of_jwk, jwks) if key is not None])


def _accepts(keys: dict[str, Any], jws: Any) -> bool:
    try:
        compact = parse(jws if isinstance(jws, str) else json.dumps(jws))
        verify(compact, _ring(keys))
    except SupaoptError:
        return False
    return True


def _wycheproof(name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for group in _load("wycheproof", f"{name}.json")["testGroups"]:
        for test in group["tests"]:
            if "jws" in test:
                yield group.get("public") or group["private"], test


@pytest.mark.parametrize(
    ("name", "total"),
    [
        ("json_web_signature_test", 401),
        ("json_web_key_test", 26),
        ("json_web_crypto_test", 49),
    ],
)
def test_wycheproof_agrees(name: str, total: int) -> None:
    """Every vector gets its label, save those whose label is faulty."""
    known = MISLABELLED if name == "json_web_signature_test" else set()
    vectors = list(_wycheproof(name))
    wrong = {test["tcId"] for keys, test in vectors if _accepts(keys, test["jws"]) != _valid(test)}
    assert (total, known) == (len(vectors), wrong | known)


def _valid(test: dict[str, Any]) -> bool:
    return bool(test["result"] == "valid")


def test_no_invalid_signature_is_ever_accepted() -> None:
    """The only invalid Wycheproof vectors that pass are byte-identical to valid ones."""
    vectors = list(_wycheproof("json_web_signature_test"))
    valid = {json.dumps(test["jws"]) for _, test in vectors if _valid(test)}
    passed = [
        test["tcId"]
        for keys, test in vectors
        if not _valid(test) and json.dumps(test["jws"]) not in valid and _accepts(keys, test["jws"])
    ]
    assert passed == []


@pytest.mark.parametrize(
    "name",
    [
        "4_1.rsa_v15_signature",
        "4_2.rsa-pss_signature",
        "4_3.ecdsa_signature",
        "4_4.hmac-sha2_integrity_protection",
    ],
)
def test_rfc_7520_examples_verify(name: str) -> None:
    """The compact examples of RFC 7520 verify with their keys."""
    example = _load("rfc_cookbook", f"jws_{name}.json")
    key = example["input"]["key"] | {"alg": example["input"]["alg"]}
    assert _accepts(key, example["output"]["compact"])


@pytest.mark.parametrize("suite", ["jws_rfc7520", "jws_rfc7797"])
def test_joserfc_fixtures_verify_unless_their_payload_is_unencoded(suite: str) -> None:
    """Compact examples of joserfc verify, save those whose payload is not base64url."""
    tests = [t for t in _load("joserfc", f"{suite}.json")["tests"] if "compact" in t]
    accepted = {t["name"] for t in tests if _accepts(_joserfc_key(t), t["compact"])}
    assert {t["name"] for t in tests if "b64" not in t["protected"]} == accepted


def _joserfc_key(test: dict[str, Any]) -> dict[str, Any]:
    stored = test.get("public_key") or test.get("secret")
    key: dict[str, Any] = _load("joserfc", stored) if stored else RFC_7515_A1
    return key | {"alg": test["protected"]["alg"]}


@pytest.mark.parametrize("path", _paths("pyjwt_jwk", "jwk_*_pub*.json"), ids=str)
def test_a_published_key_is_read_or_passed_over(path: Path) -> None:
    """Public keys of every kind are read, save those of the curve that Bitcoin uses."""
    assert ("secp256k1" in path.stem) == (key_of_jwk(json.loads(path.read_text())) is None)


def test_a_key_set_with_unknown_keys_keeps_the_known_ones() -> None:
    """An unknown algorithm costs its own key and no other."""
    content = Path(ROOT or ".", "pyjwt_jwk", "jwk_keyset_with_unknown_alg.json").read_bytes()
    assert len(ring_of_jwks(content)) == 1


@pytest.mark.parametrize("name", ["jwk_empty", "jwk_hmac"])
def test_what_is_no_key_set_is_refused(name: str) -> None:
    """A lone key or an empty object is not mistaken for a key set."""
    with pytest.raises(KeysUnavailableError):
        ring_of_jwks(Path(ROOT or ".", "pyjwt_jwk", f"{name}.json").read_bytes())
