"""
Refusing a connection on ASGI, whoever refuses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from supaopt.auth._problem import Problem
    from supaopt.contrib.asgi import Receive, Scope, Send

_POLICY_VIOLATION: Final = 1008


async def refuse(scope: Scope, receive: Receive, send: Send, refusal: Problem) -> None:
    """
    Answer *refusal* in the app's place; a WebSocket is closed with its code as the reason.
    """
    if scope["type"] == "websocket":
        await receive()  # the handshake
        code = refusal.members["code"]
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": code})
        return
    headers = [(name.encode(), value.encode()) for name, value in refusal.headers.items()]
    length = (b"content-length", str(len(refusal.body)).encode())
    await send(
        {
            "type": "http.response.start",
            "status": refusal.status,
            "headers": [*headers, length],
        }
    )
    await send({"type": "http.response.body", "body": refusal.body})
