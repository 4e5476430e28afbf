"""What goes wrong with types of custom objects. Marketo docs: Custom Objects, Error Codes."""

from __future__ import annotations

from marketo_simulator.errors import MarketoError


def unknown_type() -> MarketoError:
    """1013: no such type, or none in that state."""
    return MarketoError("1013", "Object not found")


def type_exists() -> MarketoError:
    """1017: createOnly meets a type of that name."""
    return MarketoError("1017", "Object already exists")


def unknown_field(name: str) -> MarketoError:
    """1006: the type has no such field."""
    return MarketoError("1006", f"Field '{name}' not found")


def refused(why: str) -> MarketoError:
    """1003: a definition that breaks a rule."""
    return MarketoError("1003", why)


def in_use() -> MarketoError:
    """1022: assets or other types need the type."""
    return MarketoError("1022", "Object in use")


def no_draft_to_approve() -> MarketoError:
    """709: it is approved already, as Adobe says of assets."""
    return MarketoError("709", "Custom object has no draft")


def no_draft_to_discard() -> MarketoError:
    """1048: an approved type cannot be discarded."""
    return MarketoError("1048", "Custom Object Discard Draft Failed")
