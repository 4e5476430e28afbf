"""The mapping file: what each stream becomes in Marketo. Knows no SQL, no HTTP and no Singer."""

from __future__ import annotations

from marketo_sync.mapping.choices import (
    Action,
    Conflict,
    Direction,
    FirstLink,
    MergedInMarketo,
    MissingInMarketo,
    Nulls,
    ObjectKind,
    OnDelete,
    OnNew,
)
from marketo_sync.mapping.errors import MappingError, MappingErrors
from marketo_sync.mapping.keys import key_text
from marketo_sync.mapping.loader import load_mapping, parse_streams
from marketo_sync.mapping.models import (
    DeletePolicy,
    Entry,
    FieldMapping,
    KeyPart,
    Link,
    Mapping,
    NewPolicy,
)
from marketo_sync.mapping.rules import COMPANY_ID

__all__ = [
    "COMPANY_ID",
    "Action",
    "Conflict",
    "DeletePolicy",
    "Direction",
    "Entry",
    "FieldMapping",
    "FirstLink",
    "KeyPart",
    "Link",
    "Mapping",
    "MappingError",
    "MappingErrors",
    "MergedInMarketo",
    "MissingInMarketo",
    "NewPolicy",
    "Nulls",
    "ObjectKind",
    "OnDelete",
    "OnNew",
    "key_text",
    "load_mapping",
    "parse_streams",
]
