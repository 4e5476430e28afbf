"""A run: opened in the order mapping, Marketo, ledger, Describe, preflight; closed in reverse.

Nothing is opened before the first SCHEMA, so that an empty input costs no call.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from marketo_client import Marketo
from marketo_sync import (
    DEFAULT_INSTANCE,
    Ledger,
    Mapping,
    NullLedger,
    ObjectKind,
    load_mapping,
    parse_streams,
)

from target_marketo.calls import Calls
from target_marketo.delivery import Delivery
from target_marketo.desk import Desk
from target_marketo.dry_run import DryRun, ReadOnlyLedger
from target_marketo.errors import PreflightError
from target_marketo.flow import RowFlow
from target_marketo.names import entry_by_name, kind_by_name
from target_marketo.objects import Leads
from target_marketo.preflight import Findings, Survey, check, not_written
from target_marketo.rejects_file import RejectsFile
from target_marketo.settings import connection
from target_marketo.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Mapping as AnyMapping
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from marketo_client import Clock, Connection
    from marketo_sync import Entry

    from target_marketo.objects import Family
    from target_marketo.plan import Plan
    from target_marketo.states import StateKeeper

NO_LEDGER: Final = "none"
COMMAND: Final = "target-marketo"
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

log = logging.getLogger(COMMAND)


@dataclass(slots=True)
class Run:
    """What one run holds open, and its flows by stream."""

    config: AnyMapping[str, Any]
    mapping: Mapping
    desk: Desk
    families: AnyMapping[ObjectKind, Family]
    stack: ExitStack = field(repr=False)
    flows: dict[str, RowFlow] = field(default_factory=dict)

    def flow(self, stream: str, schema: AnyMapping[str, Any], keys: Sequence[str]) -> RowFlow:
        """The flow of a stream with these columns. Raises PreflightError."""
        entry = self.mapping.entry_of(stream) or self._entry_by_name(stream, keys)
        columns = dict(schema.get("properties", {}))
        plan = self._plan(entry, columns)
        if stream not in self.flows:
            self.flows[stream] = self._new_flow(plan, columns)
        flow = self.flows[stream]
        flow.plan = plan
        return flow

    def flow_of_entry(self, entry: Entry) -> RowFlow | None:
        """The flow of an entry whose stream has not come; None where only columns could tell."""
        if entry.stream not in self.flows and entry.fields is not None:
            self.flows[entry.stream] = self._new_flow(self._plan(entry, None), None)
        return self.flows.get(entry.stream)

    def close(self) -> None:
        """Let go of calls, connections and the ledger's lock."""
        self.stack.close()

    def _plan(self, entry: Entry, columns: AnyMapping[str, Any] | None) -> Plan:
        findings = self.findings(entry, columns)
        if findings.plan is None:
            raise PreflightError(findings.problems)
        for line in findings.left_out:
            if line not in self.desk.tally.left_out:
                log.warning("left out: %s", line)
                self.desk.tally.left_out.append(line)
        return findings.plan

    def findings(self, entry: Entry, columns: AnyMapping[str, Any] | None = None) -> Findings:
        """What preflight finds out about an entry."""
        family = self.families.get(entry.object)
        if family is None:
            return Findings(problems=[not_written(entry)])
        worked_before = self.desk.ledger.known_fields(entry.name)
        return check(entry, Survey(family.shape, family.steps, columns, worked_before))

    def _entry_by_name(self, stream: str, keys: Sequence[str]) -> Entry:
        return entry_by_name(stream, keys, self.families[kind_by_name(stream)].shape)

    def _new_flow(self, plan: Plan, columns: AnyMapping[str, Any] | None) -> RowFlow:
        entry = plan.entry
        family = self.families[entry.object]

        def replan() -> Plan:
            """The plan after Describe was read again."""
            family.describe_again()
            return self._plan(entry, columns)

        flow = RowFlow(self.desk, family, plan, replan=replan)
        if self.config["dry_run"]:
            flow.outbox.carrier = DryRun(self.desk, flow, _path(self.config.get("dry_run_path")))
        else:
            flow.outbox.carrier = Delivery(self.desk, flow)
        self.desk.flows.append(flow)
        return flow


def open_run(config: AnyMapping[str, Any], states: StateKeeper, *, clock: Clock) -> Run:
    """A run that has passed preflight as far as the mapping alone can tell."""
    mapping = _mapping(config)
    settings = connection(config)
    host = _host(settings.base_url)
    _check_instance(mapping, host)
    with ExitStack() as stack:
        marketo = stack.enter_context(Marketo(settings, clock=clock))
        marketo.authenticate()
        ledger = stack.enter_context(_ledger(config, mapping, host))
        desk = _desk(config, settings, states, marketo=marketo, ledger=ledger)
        stack.callback(desk.calls.close)
        stack.callback(desk.calls.stop)
        run = Run(config, mapping, desk, _families(desk, mapping), ExitStack())
        _preflight(run)
        run.stack = stack.pop_all()
    return run


def _desk(
    config: AnyMapping[str, Any],
    settings: Connection,
    states: StateKeeper,
    *,
    marketo: Marketo,
    ledger: Ledger | NullLedger,
) -> Desk:
    dry = config["dry_run"]
    return Desk(
        marketo=marketo,
        ledger=ReadOnlyLedger(ledger) if dry else ledger,
        calls=Calls(settings.max_concurrent_calls),
        states=states,
        tally=Tally(config["max_rejects_percent"]),
        rejects=RejectsFile(None if dry else _path(config.get("rejects_path"))),
        lost_after_seconds=settings.request_timeout_seconds,
        two_way=ledger.is_two_way(),
    )


def _families(desk: Desk, mapping: Mapping) -> dict[ObjectKind, Family]:
    """What this target writes; nothing is asked of Marketo yet."""
    entries = [entry.name for entry in mapping.entries if entry.object is ObjectKind.LEAD]
    return {ObjectKind.LEAD: Leads(desk.marketo, desk.ledger, entries)}


def _preflight(run: Run) -> None:
    """Everything that is wrong with the mapping's entries, at once."""
    spelt_out = [entry for entry in run.mapping.entries if entry.fields is not None]
    problems = [line for entry in spelt_out for line in run.findings(entry).problems]
    if problems:
        raise PreflightError(problems)


def _mapping(config: AnyMapping[str, Any]) -> Mapping:
    if path := config.get("mapping_file"):
        return load_mapping(Path(path))
    streams = config.get("streams")
    return parse_streams(streams) if streams else Mapping()


def _ledger(
    config: AnyMapping[str, Any], mapping: Mapping, host: str
) -> AbstractContextManager[Ledger | NullLedger]:
    url = config["ledger_url"]
    if url == NO_LEDGER:
        return nullcontext(NullLedger())
    instance = mapping.instance or DEFAULT_INSTANCE
    return Ledger.open(url, command=COMMAND, host=host, instance=instance)


def _host(base_url: str) -> str:
    return urlsplit(base_url).hostname or ""


def _check_instance(mapping: Mapping, host: str) -> None:
    """A sandbox's mapping never writes to production, nor the other way round."""
    named = mapping.instance
    if named is None or host in LOOPBACK or host.partition(".")[0].lower() == named.lower():
        return
    raise PreflightError(
        [f"`instance` in the mapping is {named}, and `endpoint` is {host}: one of them is wrong"]
    )


def _path(setting: str | None) -> Path | None:
    return Path(setting) if setting else None
