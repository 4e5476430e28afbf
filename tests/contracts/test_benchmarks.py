"""Benchmarks compare like with like: a floor writes what the tap writes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from benchmarks import tap_cpu, target, target_cpu
from benchmarks.marketo import ROOT, records, simulated
from benchmarks.ratios import Ratio

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from demo.simulator import Simulator


@pytest.fixture(scope="module")
def marketo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with simulated(tmp_path_factory.mktemp("marketo"), leads=300) as simulator:
        yield simulator


@pytest.mark.parametrize(
    ("stream", "programs"),
    [("leads", tap_cpu.bulk_leads), ("activities", tap_cpu.rest_activities)],
)
def test_floor_writes_what_the_tap_writes(stream, programs, marketo, tmp_path: Path) -> None:
    ours, least = (program(tap_cpu.MANY) for program in programs(marketo, tmp_path))
    ours.run()
    least.run()
    written = list(records(ours, stream))
    assert len(written) > 100
    assert list(records(least, stream)) == written


@pytest.mark.parametrize("table", [target.THIN, target.WIDE], ids=["thin", "wide"])
def test_floors_send_what_the_target_sends(table: target.Table, tmp_path: Path) -> None:
    source = target.write_input(tmp_path / "input", table.rows(700), table)

    def leads() -> list[str]:
        found = simulator.get("/leads")["leads"]
        return sorted(str([lead.get(name) for name in table.fields.values()]) for lead in found)

    with target.empty_marketo(tmp_path) as simulator:
        ours = target.target(simulator, tmp_path / "target", source, "sqlite:///l.db", table)
        ours.run()
        sent = leads()
        assert len(sent) == 700
        for script in target_cpu.FLOORS.values():
            target.empty(simulator)
            target.least(simulator, tmp_path / script, source, script, table).run()
            assert leads() == sent
    kept = kept_in(tmp_path / "target" / "l.db")
    assert len(kept["records"]) > 700
    assert kept_in(tmp_path / "keep_leads" / "leads.db") == kept


def kept_in(ledger: Path) -> dict[str, list[tuple[object, ...]]]:
    """The fields of which a ledger holds a base, and those of its history, by record."""
    queries = {
        "records": "select record_key, field.key from records, json_each(base) as field",
        "changes": "select record_key, field, side, rule, cycle from changes",
    }
    with closing(sqlite3.connect(ledger)) as connection:
        return {name: sorted(connection.execute(query)) for name, query in queries.items()}


def test_ratio_tells_whether_the_promise_is_kept() -> None:
    kept = Ratio("calls", 102, 100, "calls", at_most=1.02)
    broken = Ratio("window", 90, 100, "calls", base_is="window", at_least=0.95)
    assert (kept.value, kept.kept, broken.kept) == (1.02, True, False)
    assert "NOT KEPT" not in str(kept)
    assert "0.90 x  at least 0.95 x: NOT KEPT" in str(broken)


def test_unknown_claim_is_named_with_those_that_there_are() -> None:
    command = [sys.executable, "-m", "benchmarks", "tap_speed"]
    done = subprocess.run(command, capture_output=True, check=False, cwd=ROOT, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("no claim tap_speed; there are ")
