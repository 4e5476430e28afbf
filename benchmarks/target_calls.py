"""Claim: target-marketo writes in as few calls as its records need, full calls of 300.

Look-ups are counted apart: two for every 300 rows that Marketo has never seen, one where the key
finds them.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any, Final

from benchmarks.child import BenchmarkError
from benchmarks.ratios import Ratio
from benchmarks.target import a_contact, empty_marketo, target, write_input

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from demo.simulator import Simulator

CONTACTS: Final = 30_000
KNOWN_EVERY: Final = 3  # of the contacts, one in so many is in Marketo by e-mail alone
CHANGED_EVERY: Final = 7
NEW: Final = 1_000
RECORDS_PER_CALL: Final = 300
LEADS: Final = "/rest/v1/leads.json"
PROMISED: Final = 1.02
PER_POST: Final = 5_000  # leads made at a time by the simulator's controls

Call = dict[str, Any]


def measure(folder: Path) -> list[Ratio]:
    """A first load with leads that Marketo knows by e-mail, and a run with changes and new rows."""
    known = range(1, CONTACTS + 1, KNOWN_EVERY)
    changed = set(range(1, CONTACTS + 1, CHANGED_EVERY))
    first = write_input(folder / "first", map(a_contact, range(1, CONTACTS + 1)))
    rows = (_changed(number, changed) for number in range(1, CONTACTS + NEW + 1))
    second = write_input(folder / "second", rows)
    ledger = f"sqlite:///{folder / 'ledger.db'}"
    with empty_marketo(folder) as simulator:
        for start in range(0, len(known), PER_POST):
            some = [{"email": a_contact(n)["email"]} for n in known[start : start + PER_POST]]
            simulator.post("/leads", input=some)
        run = _counted(simulator)
        loaded = run(lambda: target(simulator, folder / "first run", first, ledger).run())
        sent = run(lambda: target(simulator, folder / "second run", second, ledger).run())
    return [
        *_ratios("first load", loaded, updates=len(known), creations=CONTACTS - len(known)),
        *_ratios("next run", sent, updates=len(changed), creations=NEW),
    ]


def _changed(number: int, changed: set[int]) -> dict[str, Any]:
    return a_contact(number, **({"plan": "changed"} if number in changed else {}))


def _counted(simulator: Simulator) -> Callable[[Callable[[], object]], list[Call]]:
    def run(work: Callable[[], object]) -> list[Call]:
        simulator.delete("/calls")
        work()
        calls: list[Call] = simulator.get("/calls")["calls"]
        return [call for call in calls if call["path"] == LEADS]

    return run


def _ratios(what: str, calls: Sequence[Call], *, updates: int, creations: int) -> list[Ratio]:
    writes = [call for call in calls if call["method"] == "POST"]
    if sum(len(call["body"]["input"]) for call in writes) != updates + creations:
        raise BenchmarkError(f"{what}: another number of records was sent than was to be")
    fewest = ceil(updates / RECORDS_PER_CALL) + ceil(creations / RECORDS_PER_CALL)
    look_ups = len(calls) - len(writes)
    return [
        Ratio(f"write calls, {what}", len(writes), fewest, "calls", "fewest", at_most=PROMISED),
        Ratio(f"look-ups, {what}", look_ups, fewest, "calls", "fewest writes"),
    ]
