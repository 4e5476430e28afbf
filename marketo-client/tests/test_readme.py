"""The examples in the README run, one after the other, as a reader would paste them."""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ENDPOINT = "https://123-ABC-456.mktorest.com/rest"


def test_examples_run_in_their_order(started):
    with started("--profile", "small") as simulator:
        simulator.control("POST", "/settings", {"custom_object_types": True})
        described = simulator.described
        names = {name: described[name] for name in ("client_id", "client_secret")}
        text = README.read_text().replace(ENDPOINT, described["endpoint"])
        text = text.replace("client_secret)", "client_secret, poll_interval_seconds=1)")
        blocks = BLOCK.findall(text)
        for block in blocks:
            exec(compile(block, README, "exec"), names)  # noqa: S102 - our own text
        services = {call["path"] for call in simulator.control("GET", "/calls")["calls"]}
    assert (names["state"], names["done"].is_over) == ("approved", True)
    assert names["lead"]["createdAt"].endswith("Z")
    assert [result.status for result in names["reply"].results] == ["deleted"]
    assert len(services) > len(blocks)
