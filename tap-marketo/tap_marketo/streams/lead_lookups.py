"""Lead fields beside activities: looked up by `leadId`, 300 leads a call.

An activity of a lead that is not known yet waits until 300 such leads are together, or until the
STATE behind it has waited long enough. Marketo docs: Leads.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol

from marketo_client import VALUES_PER_CALL, RequestError, SettingError
from marketo_client.setting_rules import nearest

from tap_marketo.instance import refuses_a_field
from tap_marketo.records import rows
from tap_marketo.records.joined_fields import PREFIX, LeadJoin, beside, chosen
from tap_marketo.records.schemas import LEAD_ID, lead_columns, rest_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from marketo_client import Page
    from singer_sdk.helpers.types import Record

    from tap_marketo.records.schemas import Column
    from tap_marketo.tap import TapMarketo

ACTIVITY_LEAD_FIELDS: Final = "activity_lead_fields"
FELL_OUT: Final = "activities without a lead that can be read, left out"
MOST_KNOWN: Final = 20_000  # leads that are remembered; those not met for the longest time go
MOST_BEHIND: Final = 30  # pages, empty ones too, whose STATE may wait for a look-up


class Joined(Protocol):
    """A stream of activities that carries lead fields."""

    name: str

    @property
    def lead_fields(self) -> Mapping[str, str]:
        """Its selected columns of lead fields, and the field of each."""

    def write_joined(
        self, record: Record, lead: Mapping[str, object], *, read_at: datetime
    ) -> None:
        """Write an activity with the fields of its lead."""

    def leave_out(self, names: frozenset[str]) -> None:
        """Go on without these columns."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An activity whose lead is not known yet."""

    stream: Joined
    record: Record
    read_at: datetime


class LeadLookups:
    """The leads of a run's activities, each looked up once, as far as memory is kept."""

    def __init__(self, tap: TapMarketo) -> None:
        self._tap = tap
        self._streams: Sequence[Joined] = ()
        self._known: OrderedDict[int, Record | None] = OrderedDict()
        self._unknown: dict[int, None] = {}
        self._waiting: list[Waiting] = []
        self._behind: list[Callable[[], object]] = []

    def columns(self, *, taken: Iterable[str]) -> Sequence[Column]:
        """The columns of a stream that has those names already."""
        return beside(self._chosen, taken=taken)

    def unnamed(self, columns: frozenset[str], *, taken: Iterable[str]) -> frozenset[str]:
        """Those of the columns that belong to lead fields which the setting does not name."""
        return columns & {each.name for each in beside(self._described, taken=taken)}

    def check(self) -> None:
        """Refuse a field that Marketo lacks, unless an earlier run had it: it was hidden then.

        Raises SettingError.
        """
        bookmark = self._tap.activities.bookmark
        missing = set(self._named) - {each.source for each in self._chosen}
        if strange := missing - bookmark.lead_fields:
            raise SettingError(ACTIVITY_LEAD_FIELDS, self._meant(min(strange)))
        for name in sorted(missing):
            self._tap.logger.warning("%s: hidden in Marketo, activities go on without it", name)
        self._tap.summary.note_drift(ACTIVITY_LEAD_FIELDS, gone=missing, new=())
        bookmark.keep_lead_fields(self._named)

    def serve(self, streams: Iterable[Joined]) -> None:
        """These streams are about to be read."""
        self._streams = list(streams)

    def hold(self, stream: Joined, record: Record, *, read_at: datetime) -> None:
        """Write an activity once its lead is known; call `flush` behind the last."""
        lead = record[rows.LEAD]
        if lead is None or lead in self._known:
            self._write(Waiting(stream, record, read_at))
            return
        self._waiting.append(Waiting(stream, record, read_at))
        self._unknown[lead] = None
        if len(self._unknown) == VALUES_PER_CALL:
            self.flush()

    def when_written(self, action: Callable[[], object]) -> None:
        """Run `action` behind all activities that wait now."""
        self._behind.append(action)
        if not self._waiting or len(self._behind) == MOST_BEHIND:
            self.flush()

    def flush(self) -> None:
        """Look up all leads that are asked for, and write what waits for them."""
        self._look_up(list(self._unknown))
        self._unknown.clear()
        for each in self._waiting:
            self._write(each)
        self._waiting.clear()
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        behind, self._behind = self._behind, []
        for action in behind:
            action()

    @property
    def _named(self) -> Sequence[str]:
        names: Sequence[str] = self._tap.config[ACTIVITY_LEAD_FIELDS]
        return names

    @property
    def _described(self) -> Sequence[Column]:
        return lead_columns(self._tap.instance.leads)

    @cached_property
    def _join(self) -> LeadJoin:
        return LeadJoin(self._tap.config["activity_lead_join"])

    @cached_property
    def _chosen(self) -> Sequence[Column]:
        return chosen(self._named, described=self._described) if self._named else ()

    def _meant(self, name: str) -> str:
        names = [each.source for each in self._described]
        hint = nearest(name, names, listed_by="the stream `lead_fields`")
        return f"names `{name}`, which is no lead field that can be read; {hint}"

    def _write(self, each: Waiting) -> None:
        lead_id = each.record[rows.LEAD]
        lead = self._known.get(lead_id)
        if lead_id in self._known:
            self._known.move_to_end(lead_id)
        if lead is None and self._join is LeadJoin.INNER:
            self._tap.summary.passed_over[f"{each.stream.name}: {FELL_OUT}"] += 1
            return
        each.stream.write_joined(each.record, lead or {}, read_at=each.read_at)

    def _look_up(self, leads: Sequence[int]) -> None:
        """Leads that do not come are known to be missing."""
        self._known.update(dict.fromkeys(leads))
        for page in self._pages(leads):
            read = rest_reader(self._asked, misfit=self._misfit)
            self._known.update((int(row[LEAD_ID]), read(row)) for row in page.rows)

    def _pages(self, leads: Sequence[int]) -> Iterator[Page]:
        read = self._tap.instance.marketo.leads.pages_by_ids
        try:
            yield from read(leads, fields=self._fields)
        except RequestError as error:
            if not refuses_a_field(error):
                raise
            self._leave_out_hidden(error)
            yield from read(leads, fields=self._fields)

    @property
    def _asked(self) -> Sequence[Column]:
        """The fields that any stream selects."""
        wanted = {field for stream in self._streams for field in stream.lead_fields.values()}
        return [each for each in self._chosen if each.source in wanted]

    @property
    def _fields(self) -> Sequence[str]:
        return list(dict.fromkeys([LEAD_ID, *(each.source for each in self._asked)]))

    def _leave_out_hidden(self, error: RequestError) -> None:
        """A look-up was refused: raises the error again, unless one of its fields was hidden."""
        self._tap.instance.describe_leads_again()
        hidden = {each.source for each in self._asked} - {each.source for each in self._described}
        if not hidden:
            raise error
        for stream in self._streams:
            gone = {name for name, field in stream.lead_fields.items() if field in hidden}
            if gone:
                stream.leave_out(frozenset(gone))

    def _misfit(self, field: str) -> None:
        self._tap.activities.misfit(PREFIX + field)
