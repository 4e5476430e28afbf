"""What the package promises."""

from __future__ import annotations

import marketo_client
from marketo_client import errors


def test_public_names_are_exported():
    public = {name for name in vars(marketo_client) if not name.startswith("_")}
    modules = {name for name in public if type(vars(marketo_client)[name]).__name__ == "module"}
    assert public - modules - {"annotations"} == set(marketo_client.__all__)


def test_every_family_of_errors_is_exported():
    families = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.MarketoError)
    }
    assert families <= set(marketo_client.__all__)


def test_limits_and_defaults_that_others_build_on_are_exported():
    assert {
        "DEFAULT_CALLS_PER_WINDOW",
        "DEFAULT_CONCURRENT_CALLS",
        "DEFAULT_POLL_SECONDS",
        "DEFAULT_TIMEOUT_SECONDS",
        "DELETE_LEAD",
        "LONGEST_WINDOW",
        "OLDEST_MARKETO",
        "TYPES_PER_CALL",
        "VALUES_PER_CALL",
    } <= set(marketo_client.__all__)
