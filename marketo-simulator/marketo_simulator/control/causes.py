"""Who or what a control route writes as: `source`, `reason`, `user`, or `rows=no`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketo_simulator.causes import Cause

if TYPE_CHECKING:
    from marketo_simulator.control.answers import Command


def cause_of(command: Command) -> Cause:
    """The cause in the query; somebody's edit by hand where it names none."""
    query = command.query
    return Cause(
        query.get("source", "Lead update"),
        query.get("reason"),
        query.get("user"),
        announced=query.get("rows") != "no",
    )
