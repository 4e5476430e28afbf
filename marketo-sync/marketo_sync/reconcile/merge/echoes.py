"""Our own writes on their way back: what Marketo shows after a push is no news. Pure.

A value read in the second of the push, or before it, tells nothing of it. The first one read later
is Marketo's form of what was sent, unless somebody else has changed the field meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from marketo_sync.reconcile.merge.three_way import Action, comparable, marketo_changed

if TYPE_CHECKING:
    from datetime import datetime

    from marketo_sync.ledger.records import FieldBase
    from marketo_sync.reconcile.merge.three_way import Rules, Seen

READ_BACK: Final = "read back"
PLAIN_TEXT_TYPES: Final = frozenset(  # a change row writes their values in one way alone
    {"string", "email", "phone", "url", "integer", "score", "boolean", "date"}
)
WEB_SERVICE: Final = "Web service API"  # what change rows of calls say. Marketo docs: Activities
LIST_IMPORT: Final = "List import"  # and those of files
LONGEST_PUSH: Final = {  # from Marketo's write to the end of the answer that tells of it
    WEB_SERVICE: timedelta(minutes=15),
    LIST_IMPORT: timedelta(hours=24),  # as long as an import is waited for
}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """The last change row of a field: when, who wrote it, and the value as the row writes it.

    Marketo docs: Activities, type 13.
    """

    at: datetime
    source: str | None = None
    by_campaign: bool = False
    value: str | None = None


def counts(base: FieldBase | None, read_at: datetime | None) -> bool:
    """Whether what Marketo showed then tells anything since the last push of the field."""
    if base is None or base.pushed_at is None:
        return True
    return read_at is not None and _second(read_at) > _second(base.pushed_at)


def read_back(rules: Rules, base: FieldBase, seen: Seen, change: FieldChange | None) -> FieldBase:
    """The base with Marketo's own form of what was pushed, at the first reading behind the push."""
    if not is_push(base.rule):
        return base
    if marketo_changed(rules, base, seen) and not _by_another(rules, base, seen, change):
        base = replace(base, marketo=seen.marketo)
    return replace(base, rule=READ_BACK)


def changed_at(
    rules: Rules, base: FieldBase | None, seen: Seen, change: FieldChange | None
) -> datetime | None:
    """When Marketo's value was changed; None where the last change row is about another value."""
    if change is None:
        return None
    if base is not None and base.pushed_at and not _by_another(rules, base, seen, change):
        return None
    is_plain = rules.data_type.lower() in PLAIN_TEXT_TYPES
    return None if is_plain and not _tells(rules, change, seen) else change.at


def is_push(rule: str | None) -> bool:
    """Whether the rule is that of a push which nobody has seen in Marketo yet."""
    return rule == Action.PUSH


def _by_another(rules: Rules, base: FieldBase, seen: Seen, change: FieldChange | None) -> bool:
    """Whether the change row is not that of our own push.

    Somebody else's may be older than the answer to our call, which comes long behind its work.
    """
    if change is None or base.pushed_at is None:
        return False
    then, pushed = _second(change.at), _second(base.pushed_at)
    if then > pushed:
        return True
    if change.source in LONGEST_PUSH and not change.by_campaign:
        return False
    longest = LONGEST_PUSH[WEB_SERVICE]  # a file's answer comes before its rows are read back
    return then == pushed or (then > pushed - longest and _tells(rules, change, seen))


def _tells(rules: Rules, change: FieldChange, seen: Seen) -> bool:
    """Whether the change row is about the value that Marketo shows."""
    told, shown = (comparable(rules.data_type, value) for value in (change.value, seen.marketo))
    return told == shown


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
