"""What happens in Marketo between the two runs of the demo.

Speaks to the simulator's control API only; every step moves its clock on first, because a lead's
history is easier to read when no two things happen in the same second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from demo.simulator import Simulator

HOUR_SECONDS: Final = 3600
VISIT_WEB_PAGE: Final = 1  # Marketo docs: Activity types
OPEN_EMAIL: Final = 10


@dataclass(frozen=True, slots=True)
class Story:
    """What was done, and the lead to look at afterwards."""

    steps: tuple[str, ...]
    hero: int


def play(simulator: Simulator) -> Story:
    """Create, edit, delete and merge leads, and let some of them act."""
    first, second, third = _oldest_leads(simulator)
    steps = []

    def step(text: str) -> None:
        steps.append(text)
        simulator.post("/clock", advance_seconds=HOUR_SECONDS)

    step("a new lead, Ada Lovelace, appears")
    ada = _create(simulator, firstName="Ada", lastName="Lovelace", email="ada@example.com")
    step("she visits a web page and opens an email")
    _act(simulator, ada, VISIT_WEB_PAGE, "example.com/engines")
    _act(simulator, ada, OPEN_EMAIL, "Autumn newsletter")
    step("her name and company are corrected")
    _edit(simulator, ada, lastName="King", company="Analytical Engines Ltd")
    step("another lead gets a new title")
    _edit(simulator, first, title="Countess")
    step("a duplicate of Ada turns up and is merged into her before anybody read it")
    duplicate = _create(simulator, firstName="A.", lastName="King", email="ada@example.com")
    simulator.post("/leads/merge", winner=ada, losers=[duplicate])
    step("one lead is deleted: a row in deleted_leads, its row in leads stays")
    simulator.delete(f"/leads/{second}")
    step("another one opens an email")
    _act(simulator, third, OPEN_EMAIL, "Autumn newsletter")
    simulator.post("/clock", advance_seconds=HOUR_SECONDS)
    return Story(tuple(steps), ada)


def _oldest_leads(simulator: Simulator) -> list[int]:
    return sorted(lead["id"] for lead in simulator.get("/leads")["leads"])[:3]


def _create(simulator: Simulator, **fields: str) -> int:
    ids: list[int] = simulator.post("/leads", input=[fields], source="Web form")["ids"]
    return ids[0]


def _edit(simulator: Simulator, lead: int, **fields: str) -> None:
    simulator.post(f"/leads/{lead}", **fields)


def _act(simulator: Simulator, lead: int, type_id: int, subject: str) -> None:
    row = {"leadId": lead, "activityTypeId": type_id, "primaryAttributeValue": subject}
    simulator.post("/activities", input=[row])
