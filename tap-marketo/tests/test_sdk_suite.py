"""The SDK's own tests of a tap, against a simulator that is up before they are collected."""

from __future__ import annotations

import atexit
import tempfile
from contextlib import ExitStack
from pathlib import Path

from singer_sdk.testing import SuiteConfig, get_tap_test_class
from tap_marketo.tap import TapMarketo

from demo import simulator as simulators

STANDING = ExitStack()
atexit.register(STANDING.close)
FOLDER = Path(STANDING.enter_context(tempfile.TemporaryDirectory()))
SIMULATOR = STANDING.enter_context(simulators.running(FOLDER / "log", "--profile", "small"))
CONFIG = {
    "endpoint": SIMULATOR.endpoint,
    "client_id": SIMULATOR.client_id,
    "client_secret": SIMULATOR.client_secret,
    "max_calls_per_20s": 100,
}


VALUES = {"boolean": True, "integer": 7, "float": 1.5, "date": "2026-11-20", "string": "text"}


def give_every_stream_a_row() -> None:
    """One activity of each type, all on the first page that a test run reads."""
    SIMULATOR.post("/settings", scan_rows=5_000, empty_page_every=0)
    winner, loser = SIMULATOR.post("/leads", input=[{"email": "a@example.com"}, {}])["ids"]
    types = SIMULATOR.get("/activity_types")["activity_types"]
    SIMULATOR.post(
        "/activities",
        input=[
            {
                "leadId": winner,
                "activityTypeId": kind["id"],
                "attributes": {
                    attribute["name"]: VALUES.get(attribute["data_type"].lower(), "7")
                    for attribute in kind["attributes"]
                },
            }
            for kind in types
        ],
    )
    SIMULATOR.post("/leads/merge", winner=winner, losers=[loser])


give_every_stream_a_row()

TestTapMarketo = get_tap_test_class(
    TapMarketo,
    config=CONFIG,
    suite_config=SuiteConfig(max_records_limit=300),
    parse_env_config=False,
)
