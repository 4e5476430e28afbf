"""What a kind of object must tell for the calls that all kinds share.

Marketo docs: Lead Database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from marketo_simulator.calls import JsonValue
    from marketo_simulator.causes import Cause
    from marketo_simulator.leads.fields import Field
    from marketo_simulator.objects.records import Record, Records


class ObjectKind(Protocol):
    """One kind: its keys, its fields, its records, and what happens to them."""

    @property
    def id_field(self) -> str:
        """The key that Marketo gives."""

    @property
    def dedupe_fields(self) -> tuple[str, ...]:
        """The fields that make up the customer's key."""

    @property
    def searchable(self) -> Sequence[Sequence[str]]:
        """The fields, or combinations of them, that a query may filter by."""

    @property
    def not_found(self) -> str:
        """The text of 1013."""

    @property
    def method(self) -> str:
        """How the rows that a sync leaves name it."""

    @property
    def says_more_result(self) -> bool:
        """Whether a page with a token also says `moreResult`."""

    @property
    def records(self) -> Records:
        """All records."""

    def field(self, name: str) -> Field | None:
        """The field that a call means by that name, or None."""

    def show(self, field: Field, value: JsonValue, /) -> JsonValue:
        """The value as a query shows it."""

    def check_writes(self) -> None:
        """Raises MarketoError where calls may not write records of this kind."""

    def create(self, values: Mapping[str, Any], cause: Cause, /) -> Record:
        """A record appears. Raises SkippedError."""

    def change(self, record: Record, values: Mapping[str, Any], cause: Cause, /) -> None:
        """A record's values change. Raises SkippedError."""

    def delete(self, record: Record) -> None:
        """A record vanishes. Raises SkippedError if others need it."""
