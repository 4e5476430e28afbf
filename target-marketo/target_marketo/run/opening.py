"""A run: opened in the order mapping, Marketo, ledger, Describe, preflight; closed in reverse.

Nothing is opened before the first SCHEMA, so that an empty input costs no call.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack, closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from marketo_client import Marketo
from marketo_sync import (
    DEFAULT_INSTANCE,
    Ledger,
    Mapping,
    NullLedger,
    load_mapping,
    parse_streams,
)

from target_marketo.desk.calls import Calls
from target_marketo.desk.desk import Desk
from target_marketo.desk.owners_file import OwnersFile
from target_marketo.desk.rejects_file import RejectsFile, RejectsTable
from target_marketo.desk.tally import Tally
from target_marketo.errors import PreflightError, TypesToEnterError
from target_marketo.flow.judgement import deletes
from target_marketo.imports import FILES_AT_ONCE, FilesOfRun, Use
from target_marketo.ledgers import ReadOnlyLedger
from target_marketo.objects import Families
from target_marketo.objects.type_maker import TypeMaker
from target_marketo.run.run import Run, with_companies
from target_marketo.run.types_of_run import TypesOfRun
from target_marketo.run.versions import Versions
from target_marketo.settings import connection
from target_marketo.waiting.parents import KnownParents
from target_marketo.waiting.scratch import open_scratch
from target_marketo.waiting.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Mapping as AnyMapping
    from contextlib import AbstractContextManager

    from marketo_client import Clock, Connection

    from target_marketo.desk.states import StateKeeper
    from target_marketo.signals import MessageInHand

NO_LEDGER: Final = "none"
COMMAND: Final = "target-marketo"
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

log = logging.getLogger(COMMAND)


def open_run(
    config: AnyMapping[str, Any], states: StateKeeper, in_hand: MessageInHand, *, clock: Clock
) -> Run:
    """A run that has passed preflight as far as the mapping alone can tell."""
    mapping = _mapping(config)
    settings = connection(config)
    host = _host(settings.base_url)
    _check_instance(mapping, host)
    _check_file(config)
    with ExitStack() as stack:
        marketo = stack.enter_context(Marketo(settings, clock=clock))
        in_hand.cut_waits_by(marketo.give_up_waiting)
        marketo.authenticate()
        ledger = stack.enter_context(_ledger(config, mapping, host))
        scratch = stack.enter_context(closing(open_scratch()))
        spool = Spool(scratch)
        states.oldest_parked.append(spool.oldest_place)
        desk = _desk(config, settings, states, marketo=marketo, ledger=ledger, spool=spool)
        stack.callback(desk.calls.close)
        stack.callback(desk.calls.stop)
        entries = with_companies(mapping.entries)
        families = Families(marketo, desk.ledger, list(entries.values()))
        maker = TypeMaker(marketo.custom_object_types)
        types = TypesOfRun(entries, families, maker, is_dry=config["dry_run"])
        versions = Versions(scratch)
        use, threshold = Use(config["bulk_import"]), config["bulk_import_threshold"]
        files = FilesOfRun(desk, scratch, use, threshold)
        run = Run(config, entries, desk, families, types, versions, scratch, ExitStack(), files)
        _preflight(run)
        run.stack = stack.pop_all()
    return run


def _desk(  # noqa: PLR0913 - the collaborators of a run, named
    config: AnyMapping[str, Any],
    settings: Connection,
    states: StateKeeper,
    *,
    marketo: Marketo,
    ledger: Ledger | NullLedger,
    spool: Spool,
) -> Desk:
    dry = config["dry_run"]
    kept = ReadOnlyLedger(ledger) if dry else ledger
    return Desk(
        marketo=marketo,
        ledger=kept,
        spool=spool,
        parents=KnownParents(kept),
        calls=Calls(settings.max_concurrent_calls + _files_at_once(config, ledger)),
        states=states,
        tally=Tally(config["max_rejects_percent"]),
        rejects=RejectsTable() if dry else _rejects_file(config),
        lost_after_seconds=settings.request_timeout_seconds,
        two_way=ledger.is_two_way(),
    )


def _rejects_file(config: AnyMapping[str, Any]) -> RejectsFile:
    return RejectsFile(OwnersFile("rejects_path", config.get("rejects_path")))


def _files_at_once(config: AnyMapping[str, Any], ledger: Ledger | NullLedger) -> int:
    """Calls that wait for a file hold a place among ours, and none at Marketo."""
    may_wait = Use(config["bulk_import"]) is Use.AUTO or not ledger.imports.is_empty
    return FILES_AT_ONCE if may_wait else 0


def _preflight(run: Run) -> None:
    """Everything that is wrong with the mapping's entries, at once."""
    entries = list(run.entries.values())
    spelt_out = [entry for entry in entries if entry.fields is not None]
    told = [entry for entry in spelt_out if not run.types.is_to_come(entry)]
    problems = [line for entry in told for line in run.findings(entry).problems]
    problems += _without_ledger(run)
    to_enter = run.types.to_enter(entries)
    problems = problems or run.refusals(told)
    if to_enter:
        streams = [each.entry.stream for each in to_enter]
        raise TypesToEnterError(
            streams, lambda columns: [*problems, *run.types.by_hand(to_enter, columns)]
        )
    if problems:
        raise PreflightError(problems)


def _without_ledger(run: Run) -> list[str]:
    """What cannot be done where nothing is remembered."""
    if run.config["ledger_url"] != NO_LEDGER:
        return []
    return [
        f"entry `{entry.name}`: deletes need a ledger, and `ledger_url` is `{NO_LEDGER}`"
        for entry in run.entries.values()
        if deletes(entry)
    ]


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


def _check_file(config: AnyMapping[str, Any]) -> None:
    """The file that the run will write has to be there before a call is spent. Raises FileError."""
    setting = "dry_run_path" if config["dry_run"] else "rejects_path"
    OwnersFile(setting, config.get(setting)).append([])
