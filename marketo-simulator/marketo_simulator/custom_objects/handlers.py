"""List Custom Object Types. Marketo docs: Custom Objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketo_simulator.errors import MarketoError
from marketo_simulator.replies import Reply, success

if TYPE_CHECKING:
    from marketo_simulator.calls import Call
    from marketo_simulator.instance import Instance


def get_types(instance: Instance, _call: Call) -> Reply:
    """The types of this instance: none. Raises 616 where the subscription lacks the call."""
    if not instance.settings.custom_object_types:
        raise MarketoError("616")
    return success([])
