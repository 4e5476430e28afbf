"""What must fit together in a mapping, beyond the shape of each part.

A rule is a function in `ENTRY_RULES`: it yields the place and the sentence of what does not fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marketo_sync.mapping.choices import (
    SINGLE_KEY_KINDS,
    TWO_WAY_KINDS,
    Direction,
    ObjectKind,
    OnDelete,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from marketo_sync.mapping.models import Entry, Link

    Place = tuple[str, ...]  # the keys from the entry down to what is wrong
    Problem = tuple[Place, str]

LEAD: Final = frozenset({ObjectKind.LEAD})
NAMED_KINDS: Final = frozenset({ObjectKind.CUSTOM_OBJECT, ObjectKind.CUSTOM_ACTIVITY})
UNLINKED_KINDS: Final = frozenset({*TWO_WAY_KINDS, ObjectKind.SALES_PERSON})
ONLY_FOR: Final = {  # setting (model name): the objects that have it
    "match": LEAD,
    "company": LEAD,
    "partition": LEAD,
    "api_name": NAMED_KINDS,
    "create_type": frozenset({ObjectKind.CUSTOM_OBJECT}),
    "links": frozenset(ObjectKind) - UNLINKED_KINDS,
    "first_link": TWO_WAY_KINDS,
    "new_in_marketo": TWO_WAY_KINDS,
    "deleted_in_marketo": TWO_WAY_KINDS,
    "merged_in_marketo": LEAD,
}
COMPANY_ID: Final = "externalCompanyId"  # in companies and their leads. Marketo docs: Companies
WRITTEN: Final = {"links": "link"}  # model name: as the file writes it


def settings_of_other_objects(entry: Entry) -> Iterator[Problem]:
    """`match` for a company, `link` for a lead and the like."""
    for setting in sorted(entry.model_fields_set & ONLY_FOR.keys()):
        kinds = ONLY_FOR[setting]
        if entry.object not in kinds:
            place = WRITTEN.get(setting, setting)
            yield (place,), f"only for {', '.join(sorted(kinds))}; take it out"


def api_name_is_needed(entry: Entry) -> Iterator[Problem]:
    """Custom objects and activities are known to the API by a name of their own."""
    if entry.object in NAMED_KINDS and entry.api_name is None:
        yield ("object",), f"a {entry.object} needs `api_name`, its name in the API"


def key_is_single(entry: Entry) -> Iterator[Problem]:
    """Marketo finds these objects by one field."""
    if entry.object in SINGLE_KEY_KINDS and len(entry.key) > 1:
        yield ("key",), f"a {entry.object} is found by one field: name one column"


def match_is_mapped(entry: Entry) -> Iterator[Problem]:
    """A row can only be matched by what it brings."""
    if entry.columns is None:
        return
    sent = {field.to for field in entry.columns.values()} | {part.field for part in entry.key}
    for field in entry.match or ():
        if field not in sent:
            yield ("match",), f"no column is mapped to the field `{field}`"


def time_zone_exists(entry: Entry) -> Iterator[Problem]:
    """A zone says how `changed_at` reads, so it needs that column."""
    if entry.time_zone is None:
        return
    if entry.changed_at is None:
        yield ("time_zone",), "says how `changed_at` reads: name that column too"
    try:
        ZoneInfo(entry.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield ("time_zone",), "no such time zone; write it like Europe/Berlin"


def fields_are_sent_once(entry: Entry) -> Iterator[Problem]:
    """Two columns cannot fill one field."""
    filled_by = {part.field: part.column for part in entry.key}
    filled_by |= {link.to: link.column for link in entry.link if link.to}
    filled_by |= {COMPANY_ID: entry.company} if entry.company else {}
    for field in (entry.columns or {}).values():
        if field.direction is Direction.TO_DATABASE:
            continue
        first = filled_by.setdefault(field.to, field.column)
        if first != field.column:
            place = ("fields", field.column)
            yield place, f"the column `{first}` already fills the field `{field.to}`"


def key_columns_go_one_way(entry: Entry) -> Iterator[Problem]:
    """A key under `fields` too is harmless only as a plain repetition."""
    plain = {"column", "to", "direction", "conflict"}
    for part in entry.key:
        field = (entry.columns or {}).get(part.column)
        if field and (field.to != part.field or field.model_fields_set - plain):
            yield ("fields", part.column), "is the key: say what it becomes under `key` alone"


def directions_fit_the_object(entry: Entry) -> Iterator[Problem]:
    """Only leads and companies go both ways."""
    for field in (entry.columns or {}).values():
        place = ("fields", field.column)
        if field.direction is not Direction.TO_MARKETO and entry.object not in TWO_WAY_KINDS:
            yield (*place, "direction"), f"a {entry.object} goes to Marketo only: `to_marketo`"
        elif field.direction is not Direction.BOTH and field.conflict:
            yield (*place, "conflict"), "a field that goes one way has no conflicts; take it out"


def values_are_one_to_one(entry: Entry) -> Iterator[Problem]:
    """Otherwise the way back has no answer."""
    for field in (entry.columns or {}).values():
        if len({str(value) for value in field.values.values()}) < len(field.values):
            place = ("fields", field.column, "values")
            yield place, "two values become one; each needs a value of its own"


def flags_name_a_place(entry: Entry) -> Iterator[Problem]:
    """`flag` alone does not say what to set."""
    for setting in ("deleted_in_marketo", "deleted_in_database"):
        policy = getattr(entry, setting)
        if policy.action is OnDelete.FLAG and policy.flag is None:
            yield (setting,), f"name what is set: `{setting}: {{flag: <name>}}`"


ENTRY_RULES: Final[tuple[Callable[[Entry], Iterator[Problem]], ...]] = (
    settings_of_other_objects,
    api_name_is_needed,
    key_is_single,
    match_is_mapped,
    time_zone_exists,
    fields_are_sent_once,
    key_columns_go_one_way,
    directions_fit_the_object,
    values_are_one_to_one,
    flags_name_a_place,
)


def entry_problems(entries: Iterable[Entry], names: Collection[str]) -> Iterator[Problem]:
    """What does not fit in or between entries; `names` are all entries, also the broken ones."""
    streams: dict[str, str] = {}
    by_name = {entry.name: entry for entry in entries}
    for entry in by_name.values():
        for rule in ENTRY_RULES:
            yield from (((entry.name, *place), words) for place, words in rule(entry))
        for link in entry.link:
            if problem := _link_problem(entry, link, by_name, names):
                yield (entry.name, "link", link.column), problem
        first = streams.setdefault(entry.stream, entry.name)
        if first != entry.name:
            yield (entry.name,), f"the stream `{entry.stream}` already belongs to `{first}`"


def _link_problem(
    entry: Entry, link: Link, entries: Mapping[str, Entry], names: Collection[str]
) -> str | None:
    if link.object not in names:
        return f"there is no entry `{link.object}` to link to"
    parent = entries.get(link.object)
    if parent is not None and len(parent.key) > 1:
        return f"one column cannot hold the key of `{link.object}`, which has several"
    if entry.object in ONLY_FOR["links"] and entry.name in _ancestors(link.object, entries):
        return f"`{entry.name}` and `{link.object}` link to each other: neither can come first"
    return None


def _ancestors(name: str, entries: Mapping[str, Entry]) -> set[str]:
    """The entry itself and all that it is linked to, directly or not."""
    found: set[str] = set()
    todo = [name]
    while todo:
        name = todo.pop()
        if name not in found and name in entries:
            found.add(name)
            todo += [link.object for link in entries[name].link]
    return found
