"""Companies, what became of one of them, and which leads are linked to them.

Every company is invented.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from marketo_simulator.causes import Cause
from marketo_simulator.companies.links import change_company
from marketo_simulator.timestamps import stamp

if TYPE_CHECKING:
    from random import Random

    from marketo_simulator.instance import Instance

COMPANIES: Final = ("Acme, Inc.", "Globex", "山田商事", 'The "Best" Co', "Initech", "null Ltd")
INDUSTRIES: Final = ("Software", "Retail, Online", "Public")
SIZES: Final = (1, 49, 250, 2_147_483_647)
LINKED_OF_THREE: Final = 2
"""So many of three leads are linked; the third has company fields of its own."""
RENAMED: Final = 1
BY_CRM: Final = Cause(user="crm@example.com", method="syncCompany")


def external_id(place: int) -> str:
    """The key of the company at that place."""
    return f"ACME-{place:03d}"


def add_companies(instance: Instance) -> None:
    """The companies, as old as the instance; one has no lead and next to no value."""
    at = stamp(instance.born_at)
    for place, name in enumerate(COMPANIES):
        instance.companies.create(_values(place, name), at=at)
    instance.companies.create({"externalCompanyId": "LONELY-1", "company": "No Leads"}, at=at)


def rename_company(instance: Instance, _random: Random, at: str) -> None:
    """A CRM writes to a company: a row on each of its leads, all in one second."""
    company = instance.companies.get(external_id(RENAMED))
    if company is not None:
        values = {"company": "Globex International", "accountTier": "gold"}
        change_company(instance, company, values, BY_CRM, at=at)


def _values(place: int, name: str) -> dict[str, Any]:
    return {
        "externalCompanyId": external_id(place),
        "company": name,
        "industry": INDUSTRIES[place % len(INDUSTRIES)],
        "annualRevenue": 12_345.5 * 10**place,
        "numberOfEmployees": SIZES[place % len(SIZES)],
        "billingStreet": f"{place} Market Square\nHall {place}",
        "website": f"https://example.com/{place}?a=b,c",
        "accountTier": "silver" if place % 2 else None,
    }
