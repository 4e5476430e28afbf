"""How types of custom objects are described. Marketo docs: Custom Objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketo_simulator.custom_object_types.linkable import related_to
from marketo_simulator.custom_object_types.store import (
    APPROVED,
    DRAFT,
    ID_FIELD,
    STANDARD_FIELDS,
    Definition,
    ObjectType,
)
from marketo_simulator.leads.fields import described

if TYPE_CHECKING:
    from marketo_simulator.calls import JsonObject


def of_schema(kind: ObjectType, definition: Definition) -> JsonObject:
    """A version of the type as the metadata API shows it; a draft has no id field and no dates."""
    is_draft = definition is kind.draft
    return {
        "state": kind.state,
        "version": DRAFT if is_draft else APPROVED,
        "displayName": definition.display_name,
        "pluralName": definition.plural_name,
        "description": definition.description,
        "apiName": kind.api_name,
        "idField": None if is_draft else ID_FIELD,
        "createdAt": None if is_draft else kind.created_at,
        "updatedAt": None if is_draft else kind.updated_at,
        **_keys(definition, is_draft=is_draft),
        "fields": fields(definition),
    }


def of_object(kind: ObjectType, definition: Definition) -> JsonObject:
    """The approved type as calls about records show it, but for its fields."""
    return {
        "name": kind.api_name,
        "displayName": definition.display_name,
        "description": definition.description,
        "createdAt": kind.created_at,
        "updatedAt": kind.updated_at,
        "idField": ID_FIELD,
        **_keys(definition, is_draft=False),
    }


def fields(definition: Definition) -> list[JsonObject]:
    """Marketo's own fields, then the customer's by name."""
    own = sorted(definition.fields, key=lambda field: field.name)
    return [described(field, updateable=not field.read_only) for field in (*STANDARD_FIELDS, *own)]


def _keys(definition: Definition, *, is_draft: bool) -> JsonObject:
    searchable = definition.searchable
    return {
        "dedupeFields": list(definition.dedupe_fields),
        "searchableFields": [names for names in searchable if not is_draft or names != [ID_FIELD]],
        "relationships": [
            {"field": field.name, "type": "child", "relatedTo": related_to(field.link)}
            for field in definition.links
            if field.link
        ],
    }
