"""Looking records up by the values of one field, up to 300 in a call.

Knows no endpoint. Marketo docs: Lead Database (Query).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

VALUES_PER_CALL: Final = 300  # Marketo docs: Lead Database

T = TypeVar("T")


def portions(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in their order, as many at a time as a call takes."""
    for start in range(0, len(values), VALUES_PER_CALL):
        yield values[start : start + VALUES_PER_CALL]


def filter_query(
    filter_type: str, values: Sequence[str | int], fields: Sequence[str]
) -> dict[str, str | int]:
    """The query of a call. Raises ValueError above 300 values, without any, or for a comma."""
    if not 1 <= len(values) <= VALUES_PER_CALL:
        raise ValueError(f"{len(values)} filter values, Marketo takes 1 to {VALUES_PER_CALL}")
    texts = [str(value) for value in values]
    if any("," in text for text in texts):
        raise ValueError(f"a value of {filter_type} has a comma, and Marketo splits there")
    return {
        "filterType": filter_type,
        "filterValues": ",".join(texts),
        "fields": ",".join(fields),
    }
