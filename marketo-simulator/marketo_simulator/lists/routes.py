"""What the family of static lists answers."""

from __future__ import annotations

from typing import Final

from marketo_simulator.lists import handlers, members
from marketo_simulator.routing import Route

READ: Final = "Read-Only Lead"
WRITE: Final = "Read-Write Lead"
LEADS: Final = "/rest/v1/lists/{list_id:int}/leads"

ROUTES: Final = (
    Route("/rest/v1/lists.json", handlers.get_lists, permission=READ),
    Route("/rest/v1/lists/{list_id:int}.json", handlers.get_list, permission=READ),
    Route(f"{LEADS}.json", handlers.get_leads, permission=READ),
    Route(f"{LEADS}.json", members.add_leads, "POST", WRITE),
    Route(f"{LEADS}.json", members.remove_leads, "DELETE", WRITE),
    Route(f"{LEADS}/ismember.json", members.are_members, permission=WRITE, query_in_json=True),
    Route("/rest/v1/list/{list_id:int}/leads.json", handlers.get_leads, permission=READ),
)
