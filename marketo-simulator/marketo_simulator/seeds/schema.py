"""What the customer has added: fields of every type, near-equal names, activity types, lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_simulator.activities.types import FIRST_CUSTOM_TYPE, ActivityType, Attribute
from marketo_simulator.campaigns.store import Campaign
from marketo_simulator.lists.store import ListKind
from marketo_simulator.timestamps import stamp

if TYPE_CHECKING:
    from marketo_simulator.instance import Instance

LONG_NAME: Final = "answerToTheSurveyQuestionOnHowLikelyOneWouldRecommendUsToAFriend2025"
CUSTOM_FIELDS: Final = (
    ("contactKey", "Contact Key", "string"),
    ("planCode", "Plan Code", "string"),
    ("plan_code", "Plan code", "string"),
    ("Plan_Code__c", "Plan Code (CRM)", "string"),
    ("customerNumber", "Customer Number", "string"),
    ("behaviorScore", "Behavior Score", "score"),
    ("discountPercent", "Discount", "percent"),
    ("lifetimeValue", "Lifetime Value", "currency"),
    ("npsValue", "NPS", "float"),
    ("seats", "Seats", "integer"),
    ("renewalDate", "Renewal Date", "date"),
    ("lastSeenAt", "Last Seen At", "datetime"),
    ("isVip", "Is VIP", "boolean"),
    ("blogUrl", "Blog", "url"),
    ("freeText", "Free Text", "text"),
    ("notesArea", "Notes", "textarea"),
    ("directPhone", "Direct Phone", "phone"),
    ("secondEmail", "Second Email", "email"),
    (LONG_NAME, "Would Recommend", "string"),
)
LISTS: Final = (("Webinars.Lions, tamed", "Webinars"), ("Import.All", None))
SMART_LIST: Final = "Scores above 50"
HIGH_SCORE: Final = 50
CAMPAIGNS: Final = {1042: "Score, by page", 1043: "Mail", 1101: "Tell Sales"}
PROGRAMS: Final = {5: "Webinar Q3", 6: "Newsletter, weekly", 7: "Événement", 8: "Nurture"}
READ_ONLY_FIELDS: Final = (
    ("fitFormula", "Fit", "formula"),
    ("leadFunction", "Function", "lead_function"),
)
CUSTOM_TYPES: Final = (
    ActivityType(
        FIRST_CUSTOM_TYPE + 1, "Attended Webinar: Part 1", "Took part in a webinar",
        Attribute("Webinar Name", "string"),
        (
            Attribute("Minutes", "integer", "minutes"),
            Attribute("Rating", "float", "rating"),
            Attribute("Asked A Question", "boolean", "askedAQuestion"),
        ),
        "attendedWebinar_c",
    ),
    ActivityType(
        FIRST_CUSTOM_TYPE + 2, "Visit Webpage!", "Named like a standard type, but for the mark",
        Attribute("Page", "string"),
        (Attribute("Seconds", "integer", "seconds"), Attribute("seconds", "string", "seconds2")),
        "visitWebpage_c",
    ),
)  # fmt: skip


def add_schema(instance: Instance) -> None:
    """Add fields, types, lists and campaigns; one field is hidden, one is known to SOAP alone."""
    for row in CUSTOM_FIELDS:
        instance.fields.add_custom(*row)
    for row in READ_ONLY_FIELDS:
        instance.fields.add_custom(*row, read_only=True)
    instance.fields.add_custom("retiredField", "Retired", "string", hidden=True)
    instance.fields.add_custom(
        "soapOnly", "SOAP Only", "string", soap_name="SoapOnly", in_rest=False
    )
    instance.fields.add_custom("accountTier", "Account Tier", "string", of_company=True)
    for kind in CUSTOM_TYPES:
        instance.activity_types.add(kind)
    for name, program_name in LISTS:
        instance.lists.add(name, program_name=program_name)
    made_at = stamp(instance.born_at)
    instance.campaigns += [Campaign(*named, PROGRAMS[5], made_at) for named in CAMPAIGNS.items()]


def add_smart_list(instance: Instance) -> None:
    """Add a smart list with the leads that fit it now; it does not follow them."""
    made = instance.lists.add(SMART_LIST, ListKind.SMART)
    for lead in instance.leads.all():
        if (lead.values.get("leadScore") or 0) > HIGH_SCORE:
            instance.lists.join(made.id, lead.id)
