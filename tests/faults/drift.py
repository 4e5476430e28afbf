"""A tap that reads chosen streams of a Marketo that changes, between its runs and during them."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.fast_taps import FastTap
    from tests.rewriting_proxy import Proxy
    from tests.tap_runs import TapRun

HOUR = 3_600
START = "2026-10-25T00:00:00Z"

Catalog = dict[str, Any]


@dataclass(frozen=True)
class Reader:
    """Runs `tap` through `proxy`, which can change Marketo in the middle of a run."""

    tap: FastTap
    proxy: Proxy
    known: Catalog
    """What discovery said before Marketo changed."""

    def __call__(
        self,
        *streams: str,
        state: dict[str, Any] | None = None,
        catalog: Catalog | None = None,
        **settings: Any,
    ) -> TapRun:
        """One run of these streams, by REST and from `START` on unless `settings` say otherwise."""
        self.tap.catalog = only(catalog or self.known, streams)
        usual = {
            "endpoint": self.proxy.endpoint,
            "start_date": START,
            "activities_method": "rest",
        }
        return self.tap(state=state, **usual | settings)

    def once(self, path: str, change: Callable[[], object]) -> None:
        """Marketo changes so when it is first asked for that path, before it answers."""
        left = [change]

        def before_the_answer(_document: dict[str, Any], _query: dict[str, str]) -> None:
            while left:
                left.pop()()

        self.proxy.changes[path] = before_the_answer

    def hide_field(self, name: str) -> None:
        """The field is not there any more."""
        self.tap.simulator.post(f"/fields/{name}", hidden=True)

    def hide_type(self, type_id: int) -> None:
        """The activity type is not there any more."""
        self.tap.simulator.post(f"/activity_types/{type_id}", hidden=True)

    def an_hour_later(self, **changes: Any) -> list[int]:
        """New leads and a changed one, and the time that this took; ids of the new ones."""
        self.tap.simulator.post("/clock", advance_seconds=HOUR)
        new = self.tap.simulator.post("/leads", input=[{"email": "n@example.com", **changes}])
        self.tap.simulator.post("/clock", advance_seconds=HOUR)
        ids: list[int] = new["ids"]
        return ids


def only(catalog: Catalog, streams: tuple[str, ...]) -> Catalog:
    """The catalog with these streams selected; as it is without any."""
    chosen = deepcopy(catalog)
    for entry in chosen["streams"] if streams else ():
        for each in entry["metadata"]:
            if not each["breadcrumb"]:
                each["metadata"]["selected"] = entry["tap_stream_id"] in streams
    return chosen


def entry_of(catalog: Catalog, stream: str) -> dict[str, Any]:
    """The stream's entry."""
    [entry] = [each for each in catalog["streams"] if each["tap_stream_id"] == stream]
    found: dict[str, Any] = entry
    return found


def records(run: TapRun, stream: str) -> list[dict[str, Any]]:
    """The records of one stream."""
    of_stream = (each for each in run.messages if each.get("stream") == stream)
    return [each["record"] for each in of_stream if each["type"] == "RECORD"]


def schemas(run: TapRun, stream: str) -> list[dict[str, Any]]:
    """The properties in each SCHEMA of a stream."""
    of_stream = (each for each in run.messages if each.get("stream") == stream)
    return [each["schema"]["properties"] for each in of_stream if each["type"] == "SCHEMA"]
