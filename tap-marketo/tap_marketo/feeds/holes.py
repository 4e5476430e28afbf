"""Holes: rows that Marketo has forgotten before they were read, and how a run tells of them.

Nothing can fill them, so a run goes on. `leads` has none: it is read again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_marketo.plans.retention import A_DAY, kept_for, remembered_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from tap_marketo.bookmarks import Scope
    from tap_marketo.stream import MarketoStream


@dataclass(frozen=True, slots=True)
class Hole:
    """From when to when rows of a type may be missing."""

    type_id: int
    start: datetime
    end: datetime


def tell(
    stream: MarketoStream,
    reached: Mapping[int, datetime],
    *,
    stopped: Iterable[tuple[Scope, datetime]],
    remedy: str = "",
) -> None:
    """Tell what is forgotten since a stream had these types up to those moments.

    Reads that were `stopped` in the middle have brought more, up to where they got.
    """
    out = {type_id: [at] for type_id, at in reached.items()}
    for scope, at in stopped:
        if stream.name in scope.streams:
            for type_id in out.keys() & set(scope.types or out):
                out[type_id].append(at)
    newest = {type_id: max(moments) for type_id, moments in out.items()}
    _tell(stream, _since(newest, now=stream.instance.now), remedy)


def tell_of_stop(
    stream: MarketoStream, types: Iterable[int], *, reached: datetime, begun: datetime
) -> None:
    """Tell what is forgotten since a read that began then was stopped in the middle."""
    _tell(stream, _behind(types, reached=reached, begun=begun, now=stream.instance.now))


def _since(reached: Mapping[int, datetime], *, now: datetime) -> Iterator[Hole]:
    """With a margin of a day, since Marketo does not say when it tidies up."""
    for type_id, start in reached.items():
        remembered = remembered_for(type_id)
        if remembered is not None and start < now - remembered:
            yield Hole(type_id, start, now - remembered)


def _behind(
    types: Iterable[int], *, reached: datetime, begun: datetime, now: datetime
) -> Iterator[Hole]:
    """A first read begins with what will be forgotten within the day: that alone is no hole."""
    for type_id in types:
        kept = kept_for(type_id)
        if kept is not None and max(reached, begun - kept) < now - kept - A_DAY:
            yield Hole(type_id, max(reached, begun - kept), now - kept)


def _tell(stream: MarketoStream, found: Iterable[Hole], remedy: str = "") -> None:
    """Warn of each span once, and put it into the summary; a remedy, where there is one."""
    spans: defaultdict[tuple[datetime, datetime], list[int]] = defaultdict(list)
    for hole in found:
        if stream.tap.summary.knows_hole(stream.name, hole.type_id):
            continue
        spans[hole.start, hole.end].append(hole.type_id)
    names = {each.id: each.name for each in stream.instance.activity_types.types}
    for (start, end), types in spans.items():
        kinds = ", ".join(names.get(each, str(each)) for each in sorted(types))
        which = f"from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} ({kinds})"
        stream.logger.warning(
            "%s: Marketo has forgotten some rows %s; %s",
            stream.name, which, remedy or _more_often(types[0]),
        )  # fmt: skip
        stream.tap.summary.note_hole(stream.name, which, types)


def _more_often(type_id: int) -> str:
    remembered = remembered_for(type_id)
    return f"run more often than every {remembered.days} days" if remembered else ""
