"""The calls of a first load or of updates of N leads: `ENDPOINT ID SECRET KIND N CONNECTIONS`.

Every connection sends one call after the other, and there is nothing else to do.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from benchmarks.floors.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

RECORDS_PER_CALL: Final = 300
LEADS: Final = "/rest/v1/leads.json"
FIRST_LEAD_ID: Final = 1


def load(session: Session, numbers: range) -> None:
    """Two look-ups and a write, as for rows that Marketo does not know."""
    for field, value in (("contactKey", "{}"), ("email", "contact.{}@example.com")):
        values = ",".join(map(value.format, numbers))
        session.look_up(field, values, fields="id,contactKey,email")
    session.post(LEADS, _body("createOrUpdate", "contactKey", numbers))


def update(session: Session, numbers: range) -> None:
    """A write."""
    session.post(LEADS, _body("updateOnly", "id", numbers))


KINDS: Final[dict[str, Callable[[Session, range], None]]] = {"load": load, "update": update}


def _body(action: str, key: str, numbers: range) -> dict[str, Any]:
    records = [{key: number, "planCode": f"plan {number}"} for number in numbers]
    return {"action": action, "lookupField": key, "input": records}


def main(secrets: tuple[str, str, str], kind: str, count: int, connections: int) -> None:
    """All of it."""
    starts = range(FIRST_LEAD_ID, count + FIRST_LEAD_ID, RECORDS_PER_CALL)
    end = count + FIRST_LEAD_ID
    batches = [range(start, min(start + RECORDS_PER_CALL, end)) for start in starts]
    sessions = [Session(*secrets) for _ in range(connections)]

    def work(number: int) -> None:
        for batch in batches[number::connections]:
            KINDS[kind](sessions[number], batch)

    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(work, range(connections)))


if __name__ == "__main__":
    endpoint, client_id, client_secret, kind, count, connections = sys.argv[1:]
    main((endpoint, client_id, client_secret), kind, int(count), int(connections))
