"""What the demo shows: rows and calls as small text tables.

Reads the database that target-postgres filled and the simulator's log of calls; runs nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from demo.postgres import Address
    from demo.simulator import Simulator

SCHEMA: Final = "marketo"  # default_target_schema in meltano.yml
WIDTH: Final = 60  # characters of a cell

TABLES: Final = "select table_name from information_schema.tables where table_schema = %s"
NEW_ROWS: Final = "select count(*), count(*) filter (where _sdc_received_at >= %s) from {}.{}"

# One line for each thing that is known of a lead, oldest first. Changes and merges (types 13 and
# 32) are read from the streams that hold more of them.
HISTORY: Final = """
select to_char("activityDate", 'Mon DD HH24:MI'), what, detail from (
  select "activityDate", 'field changed' as what,
         concat("fieldName", ': ', coalesce("oldValue", '(empty)'), ' -> ', "newValue") as detail
    from marketo.lead_changes where "leadId" = %(lead)s
  union all
  select activities."activityDate", lower(types.name), activities."primaryAttributeValue"
    from marketo.activities join marketo.activity_types types
      on types.id = activities."activityTypeId"
   where activities."leadId" = %(lead)s and types.id not in (13, 32)
  union all
  select "activityDate", 'lead merged in', concat('id ', "losingLeadId")
    from marketo.merged_leads where "winningLeadId" = %(lead)s
) events order by "activityDate", what
"""


@dataclass(frozen=True, slots=True)
class StreamRows:
    """Rows of one stream: in the table, and how many of them the last run wrote."""

    stream: str
    rows: int
    written: int


def stream_rows(address: Address, since: Any) -> list[StreamRows]:  # noqa: ANN401 - as psycopg2 gave it
    """Every table of the demo, with the rows received since then (UTC without zone)."""
    tables = sorted(name for (name,) in address.rows(TABLES, (SCHEMA,)))
    counts = {name: address.rows(NEW_ROWS.format(SCHEMA, name), (since,))[0] for name in tables}
    return [StreamRows(name, *counts[name]) for name in tables]


def calls(simulator: Simulator) -> Counter[str]:
    """Calls since the log was last emptied, by method and address without ids."""
    return Counter(
        f"{call['method']} {_without_ids(call['path'])}"
        for call in simulator.get("/calls")["calls"]
    )


def history(address: Address, lead: int) -> list[tuple[Any, ...]]:
    """What is known of one lead: when, what, detail."""
    return address.rows(HISTORY, {"lead": lead})


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """The rows as aligned text; numbers to the right."""
    cells = [[_cell(value) for value in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    right = [all(row[column].isdigit() for row in cells[1:]) for column in range(len(head))]
    return "\n".join("  " + "  ".join(map(_align, row, widths, right)).rstrip() for row in cells)


def _without_ids(path: str) -> str:
    return re.sub(r"/(\d+|[0-9a-f-]{36})(?=[/.])", "/{id}", path)


def _cell(value: object) -> str:
    text = "" if value is None else " ".join(str(value).split())
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"


def _align(text: str, width: int, to_the_right: bool) -> str:  # noqa: FBT001 - mapped over columns
    return text.rjust(width) if to_the_right else text.ljust(width)
