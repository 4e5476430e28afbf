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
