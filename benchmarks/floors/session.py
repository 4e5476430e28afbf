"""A session with Marketo, as a script of an afternoon opens one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import requests

if TYPE_CHECKING:
    from collections.abc import Mapping


class Session:
    """Calls with a token; whatever goes wrong ends the script."""

    def __init__(self, endpoint: str, client_id: str, client_secret: str) -> None:
        self._http = requests.Session()
        self._base = endpoint.removesuffix("/rest")
        secrets = {"client_id": client_id, "client_secret": client_secret}
        token = self.get("/identity/oauth/token", grant_type="client_credentials", **secrets)
        self._http.headers["Authorization"] = f"Bearer {token['access_token']}"

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """The JSON of an answer."""
        return self._json(self._http.get(self._base + path, params=query))

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The JSON of an answer to JSON."""
        return self._json(self._http.post(self._base + path, json=body))

    def look_up(self, field: str, values: str, *, fields: str) -> dict[str, Any]:
        """The leads that have these values, asked for in a body: an address would be too long."""
        form = {"filterType": field, "filterValues": values, "fields": fields}
        return self._json(
            self._http.post(f"{self._base}/rest/v1/leads.json", {"_method": "GET"} | form)
        )

    def file(self, path: str) -> requests.Response:
        """An answer whose body is still to be read."""
        return self._http.get(self._base + path, stream=True)

    @staticmethod
    def _json(answer: requests.Response) -> dict[str, Any]:
        answer.raise_for_status()
        document: dict[str, Any] = orjson.loads(answer.content)
        return document
