"""The token call. It stands outside the API: other envelope, no quota. API reference: Identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from marketo_simulator.calls import Call
    from marketo_simulator.instance import Instance

PATH: Final = "/identity/oauth/token"
UNAUTHORIZED: Final = 401
NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def get_token(instance: Instance, call: Call) -> JSONResponse:
    """The service's token, or 401 for credentials that are not known."""
    token = None
    if call.text("grant_type") == "client_credentials":
        token = instance.identity.token(
            call.text("client_id") or "",
            call.text("client_secret") or "",
            instance.settings.token_life_seconds,
        )
    if token is None:
        refusal = {"error": "invalid_client", "error_description": "Bad client credentials"}
        return JSONResponse(refusal, UNAUTHORIZED, NO_STORE)
    body = {
        "access_token": token.text,
        "token_type": "bearer",
        "expires_in": instance.identity.remaining_seconds(token),
        "scope": token.service.user,
    }
    return JSONResponse(body, headers=NO_STORE)
