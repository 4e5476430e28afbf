"""Our own codes of rows that were refused before Marketo saw them: meaning and remedy.

The one list of them; docs/reference/error-codes.md is printed from it. Marketo's own codes stand
in `marketo_client.ERRORS`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class LocalCode(NamedTuple):
    """What a code means, and what to do about the row."""

    meaning: str
    remedy: str


LOCAL_CODES: Final[Mapping[str, LocalCode]] = MappingProxyType(
    {
        "local.ambiguous": LocalCode(
            "several leads match by `match`, and none has the key",
            "merge them in Marketo, or fill the key of the right one",
        ),
        "local.bad_email": LocalCode(
            "no ASCII address with exactly one @", "mend the address in the source"
        ),
        "local.company_cannot_be_unset": LocalCode(
            "the row names no company any more; its other fields were sent, and the lead stays"
            " linked to its old company",
            "nothing, if that is meant; Marketo can only move a lead to another company",
        ),
        "local.company_disagrees": LocalCode(
            "another lead of the same company changed later and says otherwise of it; the row's"
            " other fields were sent",
            "mend the rows, or map the field in a stream of companies",
        ),
        "local.exists": LocalCode(
            "`action: createOnly`, but a lead matches",
            "nothing, if that is meant; else choose another `action`",
        ),
        "local.import_warning": LocalCode(
            "Marketo imported the row, with the warning that the reason repeats",
            "see whether the lead is as it should be; mend the row if it is not",
        ),
        "local.key_missing": LocalCode(
            "the key column is null or blank", "fill it, or leave the row out with `where`"
        ),
        "local.linked_to_another_row": LocalCode(
            "the lead with this key belongs to another row",
            "look for two rows that mean one person; remove one of them",
        ),
        "local.misfit": LocalCode(
            "a value does not fit the type of its field; the reason names the field",
            "mend the value in the source, or translate it with `values`",
        ),
        "local.no_lead": LocalCode(
            "`action: updateOnly`, but no lead matches",
            "nothing, if that is meant; else choose another `action`",
        ),
        "local.parent_missing": LocalCode(
            "what the row is linked to has not come, was refused, or is gone from Marketo",
            "see the rejects of the entry that it is linked to; the row goes by itself once its"
            " parent is there",
        ),
        "local.refused_by_database": LocalCode(
            "a constraint or trigger of the database refused a value of Marketo's",
            "see the reason; mend the value in Marketo, or the constraint",
        ),
        "local.too_big": LocalCode(
            "the record alone is over the 1 MB of a call", "map fewer or shorter columns"
        ),
        "local.too_long": LocalCode(
            "a text is longer than its field; the reason names the field and the limit",
            "shorten it in the source, or map it to a field of type text area",
        ),
        "local.unknown": LocalCode(
            "Marketo skipped the record without a reason",
            "run again; report the request id to Marketo support if it stays",
        ),
    }
)
