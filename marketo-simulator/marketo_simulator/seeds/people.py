"""Values of made-up leads, with the texts that break pipelines.

Every person is invented and every address is at example.com.
"""

from __future__ import annotations

from datetime import UTC, datetime
from sys import intern
from typing import TYPE_CHECKING, Any, Final

from marketo_simulator.seeds.companies import (
    COMPANIES,
    INDUSTRIES,
    LINKED_OF_THREE,
    SIZES,
    external_id,
)
from marketo_simulator.seeds.schema import LONG_NAME
from marketo_simulator.timestamps import stamp

if TYPE_CHECKING:
    from random import Random

HARD_TEXTS: Final = (
    'O\'Hara, "Bob"', 'first "Name" 1', "line one\nline two", "carriage\rreturn",
    "windows\r\nend", "nul\x00byte", "株式会社 山田", "null", "NULL", "00042", " padded ",
    "=SUM(1,2)", "smile 🙂", "tab\there", "Größe ß", "back\\slash", "a;b;c", "\u2028 separator",
    "ends in é", "true", "1e5", '"', '""', "'", ",", "None", "NaN", "{}", "<b>&amp;</b>", "%s %",
)  # fmt: skip
FIRST_NAMES: Final = ("Ada", "Grace", "Linus", "Zoë", "José", "Mei", "Olu", "Nia", "Ivan", "Ayşe")
LAST_NAMES: Final = ("Lovelace", "Hopper", "Müller", "García", "Li", "Okafor", "Nowak", "Ng")
COUNTRIES: Final = ("Germany", "France", "Japan", "United States", "Brasil")
SOURCES: Final = ("Web", "Trade Show", "List, bought", "Referral")
SHARED_EMAIL_EVERY: Final = 9
HARD_TEXT_EVERY: Final = 20
SCARCE_EVERY: Final = 13
"""Each such lead has next to nothing filled in."""
EARLIEST: Final = 1_600_000_000  # 2020-09-13, for dates in fields
LATEST: Final = 1_750_000_000


def person(random: Random, number: int) -> dict[str, Any]:
    """The values of the lead with that number; the first ones hold every hard text in turn."""
    values = {"email": _email(random, number), "contactKey": f"{number:08d}"}
    if number % SCARCE_EVERY == 0 and number > len(HARD_TEXTS):
        return {"email": values["email"]}
    values |= _contact(random, number) | _custom(random, number) | _company(random, number)
    if number <= len(HARD_TEXTS) or random.randrange(HARD_TEXT_EVERY) == 0:
        text = HARD_TEXTS[(number - 1) % len(HARD_TEXTS)]
        values |= {"lastName": text, "freeText": f"{text} / {text}", "plan_code": text}
    return values


def _email(random: Random, number: int) -> str:
    if number % SHARED_EMAIL_EVERY == 0:
        return random.choice(("info@example.com", "Info@Example.com", "o'hara+x@example.com"))
    return f"person.{number}@example.com"


def _contact(random: Random, number: int) -> dict[str, Any]:
    return {
        "firstName": random.choice(FIRST_NAMES),
        "lastName": random.choice(LAST_NAMES),
        "title": random.choice(("Countess", "CTO", "Head of R&D, EMEA", None)),
        "phone": f"+49 30 {number:06d}",
        "country": random.choice(COUNTRIES),
        "postalCode": f"{random.randrange(100_000):05d}",
        "leadSource": random.choice(SOURCES),
        "leadStatus": random.choice(("New", "Working", "Qualified")),
        "leadScore": random.randrange(0, 100),
        "unsubscribed": random.random() < 0.1,  # noqa: PLR2004 (one in ten)
        "dateOfBirth": _moment(random)[:10],
        "address": f"{number} Main Street\nSuite {number % 9}",
    }


def _company(random: Random, number: int) -> dict[str, Any]:
    place = random.randrange(len(COMPANIES))
    own = {
        "company": COMPANIES[place],
        "industry": random.choice(INDUSTRIES),
        "annualRevenue": round(random.uniform(1e4, 1e9), 2),
        "numberOfEmployees": random.choice(SIZES),
    }
    return {"externalCompanyId": external_id(place)} if number % 3 < LINKED_OF_THREE else own


def _custom(random: Random, number: int) -> dict[str, Any]:
    return {
        "planCode": intern(f"P{number % 7}"),
        "plan_code": intern(f"p{number % 5}"),
        "Plan_Code__c": intern(f"{number % 3:03d}"),
        "customerNumber": f"{number:010d}",
        "behaviorScore": random.randrange(-20, 200),
        "discountPercent": random.choice((0, 5, 100)),
        "lifetimeValue": round(random.uniform(0, 9_999), 2),
        "npsValue": random.choice((0.1, -1.5, 9.75)),
        "seats": random.choice((0, 1, -5, 12_000)),
        "renewalDate": random.choice(("1969-12-31", "2026-02-28", "2099-12-31")),
        "lastSeenAt": _moment(random),
        "isVip": random.random() < 0.5,  # noqa: PLR2004 (a coin)
        "blogUrl": "https://example.com/?q=a,b&c=%20",
        "notesArea": 'first line\n\nthird, "quoted" line' if number % 4 == 0 else None,
        LONG_NAME: random.choice(("yes", "no", None)),
    }


def _moment(random: Random) -> str:
    return stamp(datetime.fromtimestamp(random.randrange(EARLIEST, LATEST), UTC))
