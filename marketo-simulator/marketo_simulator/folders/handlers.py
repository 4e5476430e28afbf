"""Get Folders: the top of the asset tree and one level below. Marketo docs: Folders.

The oldest folder is as old as the instance: a reader learns from it how far history goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import orjson

from marketo_simulator.errors import invalid
from marketo_simulator.paging import offset_page
from marketo_simulator.replies import Reply, asset_success
from marketo_simulator.timestamps import asset_stamp

if TYPE_CHECKING:
    from marketo_simulator.calls import Call, JsonObject
    from marketo_simulator.instance import Instance

DEFAULT_DEPTH: Final = 2
ROOT_ID: Final = 1


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder; `age_days` counts from the birth of the instance."""

    id: int
    name: str
    kind: str
    parent: int | None
    depth: int
    path: str
    age_days: int


FOLDERS: Final = (
    Folder(10, "Marketing Activities", "Zone", ROOT_ID, 1, "/Marketing Activities", 0),
    Folder(11, "Design Studio", "Zone", ROOT_ID, 1, "/Design Studio", 0),
    Folder(12, "Lead Database", "Zone", ROOT_ID, 1, "/Lead Database", 0),
    Folder(13, "Analytics", "Zone", ROOT_ID, 1, "/Analytics", 3),
    Folder(20, "Default", "Marketing Folder", 10, 2, "/Marketing Activities/Default", 1),
    Folder(21, "Webinars", "Marketing Folder", 10, 2, "/Marketing Activities/Webinars", 40),
    Folder(22, "Emails", "Email", 11, 2, "/Design Studio/Emails", 1),
    Folder(23, "Forms", "Landing Page Form", 11, 2, "/Design Studio/Forms", 1),
)


def get_folders(instance: Instance, call: Call) -> Reply:
    """The folders below `root` down to `maxDepth`, by offset."""
    depth = call.integer("maxDepth", DEFAULT_DEPTH)
    root = _root(call)
    top = next((folder.depth for folder in FOLDERS if folder.id == root), 0)
    found = [f for f in FOLDERS if f.depth <= top + depth and (root in (ROOT_ID, f.parent))]
    return asset_success([_shown(instance, folder) for folder in offset_page(call, found)])


def _root(call: Call) -> int:
    text = call.text("root")
    if text is None:
        return ROOT_ID
    try:
        return int(orjson.loads(text)["id"])
    except (ValueError, KeyError, TypeError) as error:
        raise invalid("root", text) from error


def _shown(instance: Instance, folder: Folder) -> JsonObject:
    made = asset_stamp(instance.born_at + timedelta(days=folder.age_days))
    return {
        "id": folder.id,
        "name": folder.name,
        "description": "",
        "createdAt": made,
        "updatedAt": made,
        "url": f"https://app-sim.marketo.com/#MF{folder.id}A1",
        "folderId": {"id": folder.id, "type": "Folder"},
        "folderType": folder.kind,
        "parent": {"id": folder.parent, "type": "Folder"},
        "path": folder.path,
        "isArchive": False,
        "isSystem": folder.depth == 1,
        "accessZoneId": 1,
        "workspace": "Default",
    }
