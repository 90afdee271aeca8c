"""
Functions that run with their owner's rights, and the one that makes access tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from supaopt.doctor._model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.doctor._facts import Facts

_HOOK = "public.custom_access_token_hook(jsonb)"


def definer_functions(facts: Facts) -> Iterator[Finding]:
    """
    Find SECURITY DEFINER functions that anybody, or any signed-in user, may call.
    """
    for function in facts.functions or ():
        role = "anon" if "anon" in function.executable_by else "authenticated"
        who = "anybody" if role == "anon" else "any signed-in user"
        yield Finding(
            f"{role}_security_definer_function_executable",
            "warning",
            f"A function lets {who} act with its owner's rights",
            function.signature,
            f"it passes by row level security, and {who} may call it through the API",
            f"revoke execute on function {function.signature} from public, anon, authenticated; "
            "or make it security invoker; or, if it is meant for them, have it check who calls",
        )


def mutable_search_paths(facts: Facts) -> Iterator[Finding]:
    """
    Find those of them whose names a caller can point elsewhere.
    """
    for function in facts.functions or ():
        if not function.has_search_path:
            yield Finding(
                "function_search_path_mutable",
                "error",
                "A caller chooses what a privileged function calls",
                function.signature,
                "it runs with its owner's rights and its caller's search_path: names in it can be "
                f"made to mean objects of {' or '.join(function.executable_by)}'s own",
                f"alter function {function.signature} set search_path = ''; "
                "and qualify every name in its body",
            )


def access_token_hook(facts: Facts) -> Iterator[Finding]:
    """
    Find a hook that cannot do its work, which shows only in tokens without a role.
    """
    if facts.hook:
        yield Finding(
            "access_token_hook_broken",
            "error",
            "The access token hook cannot do its work",
            _HOOK,
            f"{facts.hook}; tokens are issued without a role, or sign-in fails",
            "supaopt sql apply core lms, or run lms/functions/public.custom_access_token_hook.sql",
        )
