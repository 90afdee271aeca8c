"""
`supaopt token inspect`: what it shows and what it says.
"""

import io
import json
import sys
from collections.abc import Callable

import pytest

from supaopt import cli
from supaopt.testing import JwksServer, SigningKey, mint

Run = Callable[..., tuple[int | str | None, str, str]]


@pytest.fixture(name="run")
def _run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.delenv("SUPABASE_URL", raising=False)
    monkeypatch.setenv("COLUMNS", "160")

    def run(*arguments: str, stdin: str = "") -> tuple[int | str | None, str, str]:
        monkeypatch.setattr(sys, "argv", ["supaopt", "token", "inspect", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as exit_:
            cli.main()
        printed = capsys.readouterr()
        return exit_.value.code, printed.out, printed.err

    return run


def test_a_token_is_shown_without_its_signature(run: Run) -> None:
    """Header and claims are shown as unverified; the signature never is."""
    token = mint(SigningKey.es256("k1"), {"user_role": "admin"}, now=1_750_000_000)
    code, out, _ = run(stdin=token + "\n")
    assert (0, False) == (code, token.rpartition(".")[2] in out)
    for shown in ("ES256", "k1", "user_role", "admin", "2025-06-15 15:06:40 UTC", "Not verified"):
        assert shown in out


def test_a_token_gives_the_terminal_no_orders(run: Run) -> None:
    """Control characters and markup, in claims, their names or the header, are shown as text."""
    orders = "\x1b[2J[red]\u202e"
    claims = {"user_metadata": orders, orders: "x"}
    token = mint(SigningKey.es256("k1"), claims, headers={"kid": orders}, now=1_750_000_000)
    code, out, _ = run(stdin=token)
    assert (0, 3, []) == (
        code,
        out.count(r"\x1b[2J[red]\u202e"),
        [c for c in out if not (c.isprintable() or c == "\n")],
    )


def test_a_projects_verdict_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a project at hand, a good token succeeds and a foreign one fails with the reason."""
    key = SigningKey.es256("k1")
    with JwksServer(key) as server:
        monkeypatch.setenv("SUPABASE_URL", server.url)
        monkeypatch.setenv("SUPABASE_PUBLISHABLE_KEY", "sb_publishable_x")
        good = run(mint(key, {"iss": server.issuer}), "--json")
        foreign = run(mint(SigningKey.es256("k1"), {"iss": server.issuer}), "--json")
        shown = run(mint(key, {"iss": "https://other"}))
    assert (0, "ok") == (good[0], json.loads(good[1])["verdict"]["code"])
    assert (1, "signature_invalid") == (foreign[0], json.loads(foreign[1])["verdict"]["code"])
    assert (1, True) == (shown[0], "issuer_mismatch" in shown[1])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "malformed"),
        (["e30.e30.e30"], "algorithm"),
    ],
)
def test_what_is_no_token_is_explained(arguments: list[str], said: str, run: Run) -> None:
    """Something that is no token fails with the reason on stderr."""
    code, out, err = run(*arguments)
    assert (1, "", True) == (code, out, said in err)


@pytest.mark.parametrize("model", ["json:loads", "nowhere:Claims", "supaopt.auth", "a:"])
def test_a_model_must_be_one(model: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another object in place of a claims model is refused by name."""
    monkeypatch.setenv("SUPABASE_URL", "https://x.supabase.co")
    monkeypatch.setenv("SUPABASE_PUBLISHABLE_KEY", "sb_publishable_x")
    code, _, err = run(mint(SigningKey.es256()), "--claims", model)
    assert (1, True) == (code, model in err)
