"""The keys of the mapping file, from the models that check it."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final, get_args, get_origin

from marketo_sync.mapping.choices import ObjectKind
from marketo_sync.mapping.models import (
    NAME,
    DeletePolicy,
    Entry,
    FieldMapping,
    Link,
    Mapping,
    NewPolicy,
)
from marketo_sync.mapping.rules import ONLY_FOR

from docs.printer.markdown import block, code, codes, sections, table
from docs.printer.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

    Model = type[BaseModel]

HEADER: Final = ("key", "value", "default", "meaning", "only for")
EXAMPLE: Final = ROOT / "marketo-sync" / "tests" / "cases" / "whole_mapping.yml"
PLACES: Final[dict[str, Model]] = {
    "At the head of the file": Mapping,
    "In an entry under `objects`": Entry,
    "In a column under `fields`": FieldMapping,
    "In a column under `link`": Link,
}
KINDS: Final = {
    bool: "`true`, `false`",
    float: "number",
    str: "name",
    dict: "mapping",
    tuple: "list of names",
    NewPolicy: "`ignore`, `insert`, `{insert: {where: <SQL>}}`",
    DeletePolicy: "`ignore`, `{flag: <name>}`, `delete`",
}
DERIVED: Final = {  # defaults that the loader fills in
    (Entry, "stream"): "from `table`",
    (FieldMapping, "direction"): code("both"),
    (FieldMapping, "conflict"): code("newest"),
}
WRITTEN_ELSEWHERE: Final = (NAME, "entries")  # the keys above a part


def page() -> str:
    """The page on the mapping file."""
    return sections(
        "# The mapping file",
        "target-marketo (`mapping_file`) and marketo-sync read the same file. All errors in it"
        " are told at once, with their lines. What stands under `objects` may also stand under"
        " the target's setting `streams`. Words are read as YAML 1.2 does: `NO` is text.",
        *(f"## {place}\n\n{table(HEADER, _rows(model))}" for place, model in PLACES.items()),
        "The short form of a column under `fields` is its `to`, under `link` its `object`.",
        "## Example",
        "A file that sets every key of leads; a test reads it.",
        block(EXAMPLE.read_text(), "yaml"),
    )


def _rows(model: Model) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        written = field.alias or name
        if name in WRITTEN_ELSEWHERE or field.validation_alias in WRITTEN_ELSEWHERE:
            continue
        kinds = ONLY_FOR.get(name, frozenset()) if model is Entry else frozenset()
        default = DERIVED.get((model, name)) or _default(field)
        yield code(written), _kind(field.annotation), default, field.description or "", _few(kinds)


def _kind(annotation: Any) -> str:  # noqa: ANN401 - whatever stands behind the colon
    """What may be written there, in a few words."""
    if arguments := [each for each in get_args(annotation) if each is not type(None)]:
        origin = get_origin(annotation)
        return KINDS[origin] if origin in KINDS else _kind(arguments[0])
    if issubclass(annotation, Enum):
        return codes(annotation)
    return KINDS[annotation]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    value = value.action if isinstance(value, NewPolicy | DeletePolicy) else value
    if value is None or value == {}:
        return ""
    return code(str(value).lower() if isinstance(value, bool) else value)


def _few(kinds: frozenset[ObjectKind]) -> str:
    """The kinds, or those that are left out, whichever are fewer."""
    others = [each for each in ObjectKind if each not in kinds]
    if len(kinds) > len(others):
        return f"all but {codes(others)}"
    return codes(each for each in ObjectKind if each in kinds)
