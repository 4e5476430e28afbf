"""All activities since a moment, page by page: `ENDPOINT ID SECRET SINCE TYPE...`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import orjson

from benchmarks.floors.casts import integer, moment, text
from benchmarks.floors.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TYPES_PER_CALL: Final = 10
CASTS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "marketoGUID": str,
    "leadId": integer,
    "activityDate": moment,
    "activityTypeId": integer,
    "campaignId": integer,
    "primaryAttributeValueId": integer,
    "primaryAttributeValue": text,
}


def main(session: Session, since: str, types: Sequence[str]) -> None:
    """Ten types after the other."""
    for start in range(0, len(types), TYPES_PER_CALL):
        wanted = ",".join(types[start : start + TYPES_PER_CALL])
        answer = session.get("/rest/v1/activities/pagingtoken.json", sinceDatetime=since)
        more = True
        while more:
            token = answer["nextPageToken"]
            answer = session.get(
                "/rest/v1/activities.json", nextPageToken=token, activityTypeIds=wanted
            )
            write(answer.get("result", ()))
            more = answer["moreResult"]


def write(rows: Sequence[dict[str, Any]]) -> None:
    """A RECORD line for each row."""
    for row in rows:
        record: dict[str, Any] = {}
        for name, cast in CASTS.items():
            value = row.get(name)
            record[name] = None if value in (None, "") else cast(value)
        record["attributes"] = {each["name"]: text(each["value"]) for each in row["attributes"]}
        message = {"type": "RECORD", "stream": "activities", "record": record}
        sys.stdout.buffer.write(orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE))


if __name__ == "__main__":
    endpoint, client_id, client_secret, since, *types = sys.argv[1:]
    main(Session(endpoint, client_id, client_secret), since, types)
