"""What the simulator lacks of Adobe's description, what it answers, and how it is switched."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from marketo_simulator.app import CONTROL_PATH, FAMILIES
from marketo_simulator.control.routes import HANDLERS
from marketo_simulator.faults import FAULTS
from marketo_simulator.seeds.profiles import PROFILES
from marketo_simulator.settings import Settings

from docs.printer.markdown import code, first_line, sections, table
from docs.printer.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

DATA: Final = ROOT / "marketo-simulator" / "tests" / "data"
DESCRIPTIONS: Final = {
    "Lead Database and bulk": DATA / "swagger-mapi.json",
    "Asset": DATA / "swagger-asset.json",
}
ROUTES: Final = [route for family in FAMILIES for route in family]


@dataclass(frozen=True, slots=True)
class Operation:
    """A call that Adobe describes."""

    name: str
    answered: bool


def page() -> str:
    """The page on the simulator."""
    return sections(
        "# marketo-simulator",
        "Calls that Adobe describes and this simulator does not answer come first; what else"
        " it leaves out begins"
        " [its README](../../marketo-simulator/README.md#what-it-does-not-do).",
        *(_missing(title, file) for title, file in DESCRIPTIONS.items()),
        "## What it answers",
        table(
            ("method", "path", "permission", "call"),
            [
                (each.method, _path(each.path), each.permission or "", first_line(each.handler))
                for each in ROUTES
            ],
        ),
        "## Controls",
        f"Under {code(CONTROL_PATH)}, without a token; and `POST /reset`.",
        table(
            ("method", "path", "what it does"),
            [(method, _path(path), first_line(handler)) for method, path, handler in HANDLERS],
        ),
        "## Faults",
        "[The README](../../marketo-simulator/README.md#controls) says what the client sees.",
        table(
            ("kind", "strikes", "paths"),
            [(code(kind), each.stage.value, code(each.path)) for kind, each in FAULTS.items()],
        ),
        "## Profiles",
        "What differs from the default, by setting;"
        " [settings.py](../../marketo-simulator/marketo_simulator/settings.py) says what each"
        " means.",
        table(("setting", "default", *map(code, PROFILES)), _settings()),
    )


def _missing(title: str, file: Path) -> str:
    families = _families(json.loads(file.read_text()))
    every = [each for operations in families.values() for each in operations]
    missing = sum(not each.answered for each in every)
    rows = [_family(family, operations) for family, operations in families.items()]
    heading = f"## {title}: {missing} of {len(every)} are missing"
    return f"{heading}\n\n{table(('family', 'answered', 'missing'), rows)}"


def _families(described: Mapping[str, Any]) -> dict[str, list[Operation]]:
    """Adobe's operations by the family that Adobe puts them in."""
    answered = {(route.method.lower(), _general(route.path)) for route in ROUTES}
    families: defaultdict[str, list[Operation]] = defaultdict(list)
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            known = (method, _general(path)) in answered
            families[operation["tags"][0]].append(Operation(operation["summary"], known))
    return dict(families)


def _path(path: str) -> str:
    """The path as Adobe writes it, without the types of its parameters."""
    return code(path.replace(":int}", "}"))


def _general(path: str) -> str:
    """The path without the names of its parameters."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def _family(family: str, operations: list[Operation]) -> tuple[str, ...]:
    missing = [each.name for each in operations if not each.answered]
    answered = len(operations) - len(missing)
    return family, f"{answered} of {len(operations)}", ", ".join(missing) if answered else "all"


def _settings() -> Iterator[tuple[str, ...]]:
    for each in fields(Settings):
        values = [getattr(profile.settings, each.name) for profile in PROFILES.values()]
        cells = ["" if value == each.default else _value(value) for value in values]
        yield code(each.name), _value(each.default), *cells


def _value(value: object) -> str:
    return code(str(value).lower() if isinstance(value, bool) else value)
