"""Where a run of `leads` starts: carries out the plan, asking Marketo what it can do.

Marketo docs: Bulk Lead Extract.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from marketo_client import (
    FeatureMissingError,
    LeadFilter,
    RequestError,
    SettingError,
    Window,
    format_instant,
)

from tap_marketo.bulk.lead_history import LeadHistory
from tap_marketo.plans.lead_plan import Method, Plan, Situation, plan
from tap_marketo.plans.retention import CHANGES_REMEMBERED, DELETES_REMEMBERED
from tap_marketo.state.lead_bookmark import (
    DELETES_UNTIL,
    FILTER_REFUSED_AT,
    MERGES_UNTIL,
    ONE_SECOND,
    By,
)

if TYPE_CHECKING:
    from datetime import datetime

    from tap_marketo.state.lead_bookmark import History
    from tap_marketo.streams.leads import LeadsStream

MOST_NAMED: Final = 5  # fields in one line
ASK_AGAIN: Final = timedelta(days=30)  # subscriptions get the updatedAt filter some day


class LeadStart:
    """What one run does about leads; `decide` comes before everything else."""

    def __init__(self, leads: LeadsStream) -> None:
        self._leads = leads
        self._plan: Plan | None = None

    @property
    def changes_from(self) -> datetime:
        """From when on changes are read, where nothing is read by bulk extract."""
        if self._plan is not None:
            return self._plan.start
        return self._leads.bookmark.changes_until or self._leads.instance.now

    @property
    def rechecks(self) -> bool:
        """Whether the change feed is read as far back as a recheck goes."""
        return self._plan is not None and self._plan.rechecks

    def decide(self) -> None:
        """Put into the state what is to be exported; say why, where it is not the usual.

        Raises SettingError where `leads_method` is bulk and the subscription has no such filter.
        """
        bookmark, config = self._leads.bookmark, self._leads.config
        came = self._fields_that_came if config["backfill_new_fields"] else frozenset()
        if came:
            self._leads.logger.info(
                "%s: selected now, or shown in Marketo again, reading all leads again", _some(came)
            )
        if bookmark.history is None or came or self._is_outlived(bookmark.history):
            decided = plan(self._situation(fields_came=bool(came)))
            self._carry_out(decided)
            if decided.by is not By.CREATED:
                self._ask_again_who_is_gone(decided.start)
        history = bookmark.history
        if self._method is Method.BULK and history and history.by is By.CREATED:
            self._check_filter()
        known = {each.name for each in self._leads.all_columns} | self._leads.missing
        bookmark.keep_fields(self._fields, known=frozenset(known))

    @property
    def _fields_that_came(self) -> frozenset[str]:
        """Fields that are read from this run on, and that the last one had to leave out."""
        return self._leads.bookmark.left_out & self._fields

    @property
    def _fields(self) -> frozenset[str]:
        return frozenset(each.name for each in self._leads.columns)

    def _situation(self, *, fields_came: bool) -> Situation:
        bookmark = self._leads.bookmark
        reached = bookmark.changes_until
        if reached:
            for name in (MERGES_UNTIL, DELETES_UNTIL):
                bookmark.keep_moment(name, bookmark.moment(name) or reached)
        return Situation(
            now=self._leads.instance.now,
            first_lead=lambda: self._leads.instance.export_start(self._leads.instance.first_lead),
            reached=reached,
            rechecked_at=bookmark.rechecked_at,
            forgotten=self._has_hole(reached),
            fields_came=fields_came,
            method=self._method,
            recheck=self._leads.tap.recheck,
        )

    @property
    def _method(self) -> Method:
        return Method(self._leads.config["leads_method"])

    def _has_hole(self, reached: datetime | None) -> bool:
        """Whether Marketo has forgotten changes or deletions since the last run; says so."""
        changes = reached is not None and self._leads.instance.now - reached > CHANGES_REMEMBERED
        hole = changes or self._leads.tap.deleted_leads.has_hole
        if reached and hole:
            self._leads.logger.warning(
                "Marketo has forgotten some changes or deletions since the last run: reading leads"
                " again"
            )
        return hole

    def _is_outlived(self, history: History) -> bool:
        """Whether Marketo has forgotten changes since a bulk read began; says so."""
        outlived = self._leads.instance.now - history.until > CHANGES_REMEMBERED
        if outlived:
            self._leads.logger.warning(
                "Marketo has forgotten some changes since %s, when a read of leads began that was"
                " stopped: beginning it again", format_instant(history.until),
            )  # fmt: skip
        return outlived

    def _ask_again_who_is_gone(self, since: datetime) -> None:
        """No file tells of merges and deletions: their feeds go back as far as leads do.

        Not beyond what Marketo remembers, lest that look like a hole.
        """
        bookmark = self._leads.bookmark
        since = max(since, self._leads.instance.now - DELETES_REMEMBERED)
        for name in (MERGES_UNTIL, DELETES_UNTIL):
            bookmark.keep_moment(name, min(bookmark.moment(name) or since, since))

    def _carry_out(self, decided: Plan) -> None:
        if decided.by is None:
            self._plan = decided
            return
        if decided.by is By.UPDATED and decided.otherwise and self._refused_lately:
            self._carry_out(decided.otherwise)
            return
        try:
            self._begin(decided.by, decided.start)
        except FeatureMissingError as error:
            self._keep_refused(self._leads.instance.now)
            if decided.otherwise is None:
                raise _no_filter(error) from error
            self._leads.logger.info("leads cannot be exported by updatedAt (%s)", error)
            self._carry_out(decided.otherwise)

    def _begin(self, by: By, start: datetime) -> None:
        """A bulk read goes into the state, without fields that were hidden meanwhile."""
        until = self._leads.instance.now
        if by is By.UPDATED:
            start = min(start - self._leads.tap.lookback, until)
        try:
            LeadHistory.begin(self._leads, by=by, start=start, until=until)
        except RequestError as error:
            self._leads.leave_out_refused(error)
            LeadHistory.begin(self._leads, by=by, start=start, until=until)
        if by is By.UPDATED:
            self._keep_refused(None)

    def _check_filter(self) -> None:
        """Make and cancel a job by updatedAt: it is never queued, so it costs no bytes."""
        exports = self._leads.instance.marketo.lead_exports
        now = self._leads.instance.now
        where = LeadFilter.updated(Window(now - ONE_SECOND, now))
        try:
            job = exports.create(fields=[self._leads.columns[0].source], where=where)
        except FeatureMissingError as error:
            raise _no_filter(error) from error
        exports.cancel(job.id)

    @property
    def _refused_lately(self) -> bool:
        refused_at = self._leads.bookmark.moment(FILTER_REFUSED_AT)
        return refused_at is not None and self._leads.instance.now - refused_at < ASK_AGAIN

    def _keep_refused(self, moment: datetime | None) -> None:
        self._leads.bookmark.keep_moment(FILTER_REFUSED_AT, moment)


def _no_filter(error: FeatureMissingError) -> SettingError:
    return SettingError(
        "leads_method",
        f"is `bulk`, but this subscription cannot export leads by updatedAt (code {error.code},"
        f" request {error.request_id}); set it to `auto` or `changes`",
    )


def _some(names: frozenset[str]) -> str:
    first = sorted(names)[:MOST_NAMED]
    return ", ".join(first) + (" and others" if len(names) > len(first) else "")
