"""Programs as assets: browsed by offset, by id, by name. Marketo docs: Programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from marketo_simulator.errors import invalid
from marketo_simulator.paging import offset_page
from marketo_simulator.replies import Reply, asset_success
from marketo_simulator.timestamps import asset_stamp, parse, stamp

if TYPE_CHECKING:
    from marketo_simulator.calls import Call, JsonObject
    from marketo_simulator.instance import Instance
    from marketo_simulator.programs.store import Program

FOLDER: Final = {"type": "Folder", "value": 21, "folderName": "Webinars"}
WITH_TAGS_AND_COSTS: Final[dict[str, list[object]]] = {"tags": [], "costs": []}


def browse(instance: Instance, call: Call) -> Reply:
    """The programs updated between both dates, ends included, without tags and costs.

    Raises 1003 for a date that is none, and for `filterType`, which is not understood here.
    """
    if call.text("filterType"):
        raise invalid("filterType", call.required("filterType"))
    earliest, latest = _date(call, "earliestUpdatedAt"), _date(call, "latestUpdatedAt")
    found = [
        program
        for program in instance.programs.all()
        if (earliest is None or program.made_at >= earliest)
        and (latest is None or program.made_at <= latest)
    ]
    return asset_success([_shown(program) for program in offset_page(call, found)])


def get_by_id(instance: Instance, call: Call) -> Reply:
    """One program with tags and costs, or the warning that there is none."""
    wanted = call.path["program_id"]
    return _whole([program for program in instance.programs.all() if program.id == wanted])


def get_by_name(instance: Instance, call: Call) -> Reply:
    """The same by its name."""
    wanted = call.required("name")
    return _whole([program for program in instance.programs.all() if program.name == wanted])


def _whole(found: list[Program]) -> Reply:
    return asset_success([{**_shown(program), **WITH_TAGS_AND_COSTS} for program in found])


def _date(call: Call, name: str) -> str | None:
    text = call.text(name)
    try:
        return None if text is None else stamp(parse(text))
    except ValueError as error:
        raise invalid(name, str(text)) from error


def _shown(program: Program) -> JsonObject:
    made = asset_stamp(parse(program.made_at))
    return {
        "id": program.id,
        "name": program.name,
        "description": "",
        "createdAt": made,
        "updatedAt": made,
        "url": f"https://app-sim.marketo.com/#ME{program.id}A1",
        "type": "event",
        "channel": "Webinar",
        "folder": FOLDER,
        "status": "",
        "workspace": "Default",
        "headStart": False,
    }
