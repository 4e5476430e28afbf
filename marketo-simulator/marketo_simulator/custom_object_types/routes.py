"""What the family of types of custom objects answers: the metadata API."""

from __future__ import annotations

from typing import Final

from marketo_simulator.custom_object_types import handlers
from marketo_simulator.routing import Route

READ: Final = "Read-Only Custom Object Type"
WRITE: Final = "Read-Write Custom Object Type"
SCHEMA: Final = "/rest/v1/customobjects/schema"
TYPE: Final = "/rest/v1/customobjects/schema/{api_name}"
FIELD: Final = "/rest/v1/customobjects/schema/{api_name}/{field_name}"

ROUTES: Final = (
    Route(f"{SCHEMA}.json", handlers.get_types, permission=READ),
    Route(f"{SCHEMA}.json", handlers.sync_type, "POST", WRITE),
    Route(f"{SCHEMA}/fieldDataTypes.json", handlers.get_data_types, permission=READ),
    Route(f"{SCHEMA}/linkableObjects.json", handlers.get_linkable_objects, permission=READ),
    Route(f"{TYPE}/describe.json", handlers.describe, permission=READ),
    Route(f"{TYPE}/dependentAssets.json", handlers.get_dependent_assets, permission=READ),
    Route(f"{TYPE}/addField.json", handlers.add_fields, "POST", WRITE),
    Route(f"{TYPE}/deleteField.json", handlers.delete_fields, "POST", WRITE),
    Route(f"{FIELD}/updateField.json", handlers.update_field, "POST", WRITE),
    Route(f"{TYPE}/approve.json", handlers.approve, "POST", WRITE),
    Route(f"{TYPE}/discardDraft.json", handlers.discard_draft, "POST", WRITE),
    Route(f"{TYPE}/delete.json", handlers.delete_type, "POST", WRITE),
)
