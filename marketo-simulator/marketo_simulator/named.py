"""What lists and campaigns are listed by: ids, names, programs, workspaces. Knows neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from marketo_simulator.calls import Call

WORKSPACE: Final = "Default"


class Named(Protocol):
    """What belongs to the one workspace, and maybe to a program."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def program_name(self) -> str | None:
        """The program that it belongs to."""


T = TypeVar("T", bound=Named)


def fitting(call: Call, found: Iterable[T]) -> Iterable[T]:
    """Those that fit `id`, `name`, `programName` and `workspaceName`. Raises 1001."""
    ids, names = set(call.integers("id")), set(call.texts("name"))
    programs, workspaces = set(call.texts("programName")), set(call.texts("workspaceName"))
    return (
        each
        for each in found
        if (not ids or each.id in ids)
        and (not names or each.name in names)
        and (not programs or each.program_name in programs)
        and (not workspaces or WORKSPACE in workspaces)
    )
