"""The words that a mapping file may use: object kinds, directions and policies."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class ObjectKind(StrEnum):
    """What a row becomes in Marketo."""

    LEAD = "lead"
    COMPANY = "company"
    CUSTOM_OBJECT = "custom_object"
    OPPORTUNITY = "opportunity"
    OPPORTUNITY_ROLE = "opportunity_role"
    SALES_PERSON = "sales_person"
    NAMED_ACCOUNT = "named_account"
    CUSTOM_ACTIVITY = "custom_activity"
    LIST_MEMBER = "list_member"
    PROGRAM_MEMBER = "program_member"


class Direction(StrEnum):
    """Which way the values of a field go."""

    BOTH = "both"
    TO_MARKETO = "to_marketo"
    TO_DATABASE = "to_database"


class Conflict(StrEnum):
    """Who wins where both sides changed a field differently."""

    MARKETO = "marketo"
    DATABASE = "database"
    NEWEST = "newest"
    REVIEW = "review"


class FirstLink(StrEnum):
    """Who wins where both sides differ when they meet for the first time."""

    REVIEW = "review"
    MARKETO = "marketo"
    DATABASE = "database"


class Nulls(StrEnum):
    """When a null is sent: where the base has a value, with every record, or never."""

    CHANGED = "changed"
    ALWAYS = "always"
    NEVER = "never"


class Action(StrEnum):
    """Marketo's own actions, and `auto`: by id what is known, else by the key."""

    AUTO = "auto"
    CREATE_OR_UPDATE = "createOrUpdate"
    CREATE_ONLY = "createOnly"
    UPDATE_ONLY = "updateOnly"
    CREATE_DUPLICATE = "createDuplicate"


class MissingInMarketo(StrEnum):
    """What happens to a row whose Marketo record is gone when it is updated."""

    HOLD = "hold"
    RECREATE = "recreate"


class MergedInMarketo(StrEnum):
    """What a merge in Marketo does to the loser's row."""

    HONOUR = "honour"
    FLAG = "flag"


class OnNew(StrEnum):
    """What a lead that only Marketo has does to the database."""

    IGNORE = "ignore"
    INSERT = "insert"


class OnDelete(StrEnum):
    """What a delete on one side does to the other."""

    IGNORE = "ignore"
    FLAG = "flag"
    DELETE = "delete"


TWO_WAY_KINDS: Final = frozenset({ObjectKind.LEAD, ObjectKind.COMPANY})
SINGLE_KEY_KINDS: Final = frozenset(  # Marketo docs: one lookupField or dedupe field
    {
        ObjectKind.LEAD,
        ObjectKind.COMPANY,
        ObjectKind.OPPORTUNITY,
        ObjectKind.SALES_PERSON,
        ObjectKind.NAMED_ACCOUNT,
    }
)
