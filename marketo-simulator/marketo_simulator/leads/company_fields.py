"""What becomes of company fields in a record of Sync Leads. Marketo docs: Leads.

Adobe's pages say that they are not supported, and name 1021; what they do not say is a setting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from marketo_simulator.companies import links
from marketo_simulator.errors import SkippedError
from marketo_simulator.leads.fields import EXTERNAL_COMPANY_ID

if TYPE_CHECKING:
    from marketo_simulator.causes import Cause
    from marketo_simulator.instance import Instance
    from marketo_simulator.leads.store import Lead
    from marketo_simulator.objects.records import Record

Values = Mapping[str, Any]


def without_company_fields(
    instance: Instance, lead: Lead | None, values: dict[str, Any], cause: Cause
) -> dict[str, Any]:
    """What is left for the lead itself. Raises 1003 for a link to no company, and 1021."""
    company = _company(instance, lead, values)
    of_company = instance.fields.of_company().keys() - {EXTERNAL_COMPANY_ID}
    given = {name: value for name, value in values.items() if name in of_company}
    if not given:
        return values
    if company is None:
        treat = UNLINKED[instance.settings.company_fields_of_unlinked_leads]
        return {**_others(values, of_company), **treat(given)}
    LINKED[instance.settings.company_fields_of_linked_leads](instance, company, given, cause)
    return _others(values, of_company)


def _company(instance: Instance, lead: Lead | None, values: Values) -> Record | None:
    key = values.get(EXTERNAL_COMPANY_ID)
    if key is None:
        key = lead.values.get(EXTERNAL_COMPANY_ID) if lead else None
    if key is None:
        return None
    company = instance.companies.get(key)
    if company is None:
        raise SkippedError(
            "1003", f"Invalid value for field '{EXTERNAL_COMPANY_ID}' and value '{key}'"
        )
    return company


def _others(values: Values, names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def _refuse(*_given: object) -> Values:
    raise SkippedError("1021", "Company update not allowed")


def _ignore(*_given: object) -> None:
    """The record is `updated` all the same."""


LINKED: Final[dict[str, Callable[[Instance, Record, Values, Cause], object]]] = {
    "refused": _refuse,
    "ignored": _ignore,
    "written": links.change_company,
}
UNLINKED: Final[dict[str, Callable[[Values], Values]]] = {
    "written": lambda given: given,
    "refused": _refuse,
}
