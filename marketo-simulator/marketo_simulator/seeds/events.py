"""What happens to leads after their creation: one function for each kind of event, one table.

Each takes the instance, the random numbers, the lead, and the second of the event.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any, Final

from marketo_simulator.activities.store import Activity
from marketo_simulator.causes import Cause
from marketo_simulator.instance import Instance
from marketo_simulator.leads.store import Lead
from marketo_simulator.lists.store import ListKind
from marketo_simulator.seeds.people import COUNTRIES, HARD_TEXTS
from marketo_simulator.seeds.schema import CAMPAIGNS, CUSTOM_TYPES, PROGRAMS
from marketo_simulator.timestamps import parse, stamp

Event = Callable[[Instance, Random, Lead, str], None]
CAMPAIGN_IDS: Final = tuple(CAMPAIGNS)
BY_HAND: Final = Cause("Lead update", "Manual person edit")
BY_FORM: Final = Cause("Web form fillout", "Form fill-out, URL: https://example.com/demo")
PAGES: Final = ("/pricing", "/demo?utm=a,b", "/docs/日本", "/")


def visit_page(instance: Instance, random: Random, lead: Lead, at: str) -> None:
    """A page view; now and then its integer attribute holds text."""
    page = random.choice(PAGES)
    attributes: dict[str, Any] = {"Client IP Address": "192.0.2.7", "Webpage URL": page}
    if random.random() < HALF:
        attributes["User Agent"] = 'Mozilla/5.0 (X11; "quoted", like Gecko)'
    instance.activities.add(Activity(lead.id, at, 1, random.randrange(1, 90), page, attributes))


def click_link(instance: Instance, random: Random, lead: Lead, at: str) -> None:
    """A click; the page's id is text where it should be a number."""
    attributes = {"Webpage ID": "unknown", "Query Parameters": "a=1&b=%2C"}
    instance.activities.add(
        Activity(lead.id, at, 3, random.randrange(1, 50), "https://example.com/x", attributes)
    )


def fill_out_form(instance: Instance, random: Random, lead: Lead, at: str) -> None:
    """A form, and in the same second the field that it changed."""
    fields = 'a:2:{s:5:"Email";s:3:"x,y";s:9:"FirstName";s:3:"Ada";}'
    attributes = {"Form Fields": fields, "Webpage ID": random.randrange(1, 90)}
    instance.activities.add(Activity(lead.id, at, 2, 1029, "Demo, request", attributes))
    instance.leads.change(lead.id, {"leadStatus": "Working"}, cause=BY_FORM, at=at)


def send_email(instance: Instance, random: Random, lead: Lead, at: str) -> None:
    """A mail by a campaign: sent, delivered, mostly opened, sometimes clicked."""
    mailing = (random.randrange(200, 210), 'Newsletter "May", 2nd try')
    run = {"Campaign Run ID": random.randrange(1, 999), "Choice Number": 0, "Step ID": 12}
    device = {**run, "Is Mobile Device": random.random() < HALF, "Platform": "iPhone"}
    steps: list[tuple[int, dict[str, Any]]] = [(6, run), (7, run), (10, device)]
    if random.random() < HALF:
        steps.append((11, {**device, "Link": "https://example.com/?a=1,2", "Link ID": "77"}))
    campaign = random.choice(CAMPAIGN_IDS)
    for delay, (type_id, attributes) in enumerate(steps):
        then = stamp(parse(at) + timedelta(seconds=delay * 40))
        instance.activities.add(Activity(lead.id, then, type_id, *mailing, attributes, campaign))


def bounce(instance: Instance, random: Random, lead: Lead, at: str) -> None:
    """A mail that came back, with the server's long words."""
    attributes = {"Details": '550 5.1.1 <x>: no such user,\r\n try "later"', "Category": "1"}
    instance.activities.add(
        Activity(lead.id, at, 8, random.randrange(200, 210), "Newsletter", attributes)
    )


def change_field(instance: Instance, random: Random, lead: Lead, at: str) -> None:
    """Somebody edits a field; a custom one leaves `updatedAt` as it is."""
    changes: tuple[dict[str, Any], ...] = (
        {"country": random.choice(COUNTRIES)},
        {"title": random.choice(HARD_TEXTS)},
        {"isVip": random.random() < HALF},
        {"lastSeenAt": at},
        {"renewalDate": at[:10]},
        {"lifetimeValue": round(random.uniform(0, 9_999), 2)},
        {"notesArea": None},
        {"unsubscribed": True, "unsubscribedReason": 'too many, "really"'},
    )
    instance.leads.change(lead.id, random.choice(changes), cause=BY_HAND, at=at)


def change_score(instance: Instance, random: Random, lead: Lead, at: str) -> None:
    """A campaign scores: a row 22 and a row 13 in the same second."""
    campaign = random.choice(CAMPAIGN_IDS)
    reason = f"Changed by Smart Campaign Scoring.{campaign} action Change Score"
    cause = Cause("Marketo Flow Action", reason, campaign_id=campaign)
    score = (lead.values.get("leadScore") or 0) + random.choice((-5, 1, 10))
    instance.leads.change(lead.id, {"leadScore": score}, cause=cause, at=at)


def join_list(instance: Instance, random: Random, lead: Lead, at: str) -> None:
    """Onto a static list, one time in three off again."""
    made = random.choice(instance.lists.all(ListKind.STATIC))
    instance.lists.join(made.id, lead.id, at=at)
    if random.randrange(3) == 0:
        instance.lists.leave(made.id, lead.id, at=at)


def interesting_moment(instance: Instance, random: Random, lead: Lead, at: str) -> None:
    """A moment: its primary attribute has no id."""
    text = random.choice(HARD_TEXTS)
    attributes = {"Date": at, "Description": text, "Source": "Smart Campaign"}
    instance.activities.add(
        Activity(lead.id, at, 46, None, "Web", attributes, random.choice(CAMPAIGN_IDS))
    )


def progress(instance: Instance, random: Random, lead: Lead, at: str) -> None:
    """A step in a program."""
    program_id = random.choice(tuple(PROGRAMS))
    instance.programs.join(program_id, PROGRAMS[program_id], lead.id, at=at)


def own_type(instance: Instance, random: Random, lead: Lead, at: str) -> None:
    """A row of one of the customer's types, with or without attributes."""
    kind = random.choice(CUSTOM_TYPES)
    attributes = (
        {kind.attributes[0].name: random.randrange(1, 90)} if random.random() < HALF else {}
    )
    instance.activities.add(Activity(lead.id, at, kind.id, None, "Webinar 12", attributes))


HALF: Final = 0.5
EVENTS: Final[tuple[tuple[Event, int], ...]] = (
    (visit_page, 8), (click_link, 2), (fill_out_form, 3), (send_email, 4), (bounce, 1),
    (change_field, 6), (change_score, 5), (join_list, 2), (interesting_moment, 2),
    (progress, 2), (own_type, 2),
)  # fmt: skip
