"""What goes wrong with records of companies and custom objects. Marketo docs: Error Codes."""

from __future__ import annotations

from marketo_simulator.errors import SkippedError


def unknown_field(name: str) -> SkippedError:
    """1006: no such field in this kind of object."""
    return SkippedError("1006", f"Field '{name}' not found")


def refused_value(name: str, value: object) -> SkippedError:
    """1003: a value that does not fit its field."""
    return SkippedError("1003", f"Invalid value for field '{name}' and value '{value}'")


def not_updateable(name: str) -> SkippedError:
    """1003: a field that cannot be set, or not in this mode."""
    return SkippedError("1003", f"Field '{name}' is not updateable")


def missing_key(name: str) -> SkippedError:
    """1003: a record without a part of its key."""
    return SkippedError("1003", f"Value for dedupe field '{name}' not found")


def exists() -> SkippedError:
    """1017: createOnly meets a record with that key."""
    return SkippedError("1017", "Object already exists")


def in_use() -> SkippedError:
    """1022: another object needs the one that should be deleted."""
    return SkippedError("1022", "Object in use")


def twice() -> SkippedError:
    """1036: the key was in this call before."""
    return SkippedError("1036", "Duplicate object found in input")
