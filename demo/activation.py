"""The way back in the demo: contacts of Postgres become leads, then two of them change.

Plays the user, who edits tables and runs `meltano run activate`. Looks at Marketo through the
simulator's control API, and at what was refused through `marketo-sync`.
"""

from __future__ import annotations

import json
import subprocess
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from demo import pipeline, report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from demo.postgres import Address
    from demo.simulator import Simulator

SCHEMA: Final = "crm"  # filter_schemas in meltano.yml
TABLES: Final = Path(__file__).with_name("crm.sql")
ACTIVATE: Final = (*pipeline.MELTANO, "activate")
CHANGES: Final = (
    "update crm.contacts set title = 'Enchantress of Numbers' where contact_id = 101",
    "update crm.contacts set title = 'Rear Admiral' where contact_id = 201",
)
CURE: Final = "update crm.contacts set email = 'mary@example.com' where contact_id = 103"
CHANGED: Final = ("101", "201")
KEY: Final = "contactKey"  # the key in marketo-mapping.yml
LEAD_FIELDS: Final = ("firstName", "lastName", "email", "title", "planCode", KEY)
REJECT_FIELDS: Final = ("record_key", "code", "reason")
COUNTS: Final = ("in", "created", "updated", "unchanged", "refused", "held")


def play(
    marketo: Simulator,
    database: Address,
    environment: Mapping[str, str],
    run: Callable[[Sequence[str]], None],
) -> None:
    """Send all contacts, change two of them, and send again; `run` runs one command."""
    database.execute(f"create schema if not exists {SCHEMA}", TABLES.read_text())
    print(f"Now the way back: the contacts of schema `{SCHEMA}` become leads. Ada is one already.")
    _activate(environment, run)
    print("Then, in Postgres:")
    print(*(f"  {statement};" for statement in CHANGES), "", sep="\n")
    before = _leads(marketo)
    database.execute(*CHANGES)
    _activate(environment, run)
    print("Those two leads in Marketo:")
    told = _told("before", before) + _told("after", _leads(marketo))
    print(report.table(("id", "", *LEAD_FIELDS), sorted(told, key=itemgetter(0))))
    print("\nWhat was refused, and why (`marketo-sync rejects list`):")
    rejects = _ask(environment, "rejects", "list")
    print(report.table(REJECT_FIELDS, [[each[name] for name in REJECT_FIELDS] for each in rejects]))


def _activate(environment: Mapping[str, str], run: Callable[[Sequence[str]], None]) -> None:
    """One run, and what became of the rows."""
    run(ACTIVATE)
    (cycle,) = _ask(environment, "status")["last_cycles"]
    streams = cycle["counts"]["streams"].items()
    rows = [(stream, *(counts[name] for name in COUNTS)) for stream, counts in streams]
    print(report.table(("stream", *COUNTS), rows) + "\n")


def _leads(marketo: Simulator) -> list[dict[str, Any]]:
    """The leads of the contacts that change."""
    leads = marketo.get("/leads")["leads"]
    return [lead for lead in leads if lead.get(KEY) in CHANGED]


def _told(when: str, leads: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(lead["id"], when, *(lead.get(name) for name in LEAD_FIELDS)) for lead in leads]


def _ask(environment: Mapping[str, str], *words: str) -> Any:  # noqa: ANN401 - whatever JSON it prints
    """What `marketo-sync` knows."""
    command = ("marketo-sync", *words, "--format", "json")
    told = subprocess.run(command, check=True, env=environment, capture_output=True)
    return json.loads(told.stdout)
