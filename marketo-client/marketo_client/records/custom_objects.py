"""Custom objects: which there are, and the records of each.

Their types are made in `custom_object_types.py`. Marketo docs: Custom Objects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_client.http.calls import Call
from marketo_client.records.object_descriptions import read_descriptions
from marketo_client.records.standard_objects import StandardObject

if TYPE_CHECKING:
    from marketo_client.http.transport import Transport
    from marketo_client.records.object_descriptions import ObjectDescription

PERMISSION: Final = "Read-Only Custom Object"
SYNC_TIMEOUT_SECONDS: Final = 130  # Marketo itself takes up to 120; Marketo docs: Custom Objects


class CustomObject(StandardObject):
    """The records of one custom object; its type has to be approved."""

    base = "/rest/v1/customobjects/{api_name}"
    noun = "Custom Object"
    sync_timeout_seconds = SYNC_TIMEOUT_SECONDS
    takes_keys_as_json = True

    def __init__(self, transport: Transport, api_name: str) -> None:
        super().__init__(transport, place={"api_name": api_name})


class CustomObjects:
    """The custom objects of one instance."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, *names: str) -> tuple[ObjectDescription, ...]:
        """The approved ones, or those of them with these API names; without their fields.

        Raises FeatureMissingError (1026) where the subscription has none.
        """
        query = {"names": ",".join(names)} if names else {}
        call = Call("GET", "/rest/v1/customobjects.json", query=query, permission=PERMISSION)
        return read_descriptions(self._transport.send(call))

    def records(self, api_name: str) -> CustomObject:
        """The calls for the records of one; nothing is asked yet."""
        return CustomObject(self._transport, api_name)
