"""From a mapping file, or from inline streams, to a Mapping; or to all that is wrong with it.

What pydantic finds is cut out of the data, so that the rules still see everything else.
"""

from __future__ import annotations

import difflib
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from marketo_sync.mapping import rules
from marketo_sync.mapping.document import Document, read
from marketo_sync.mapping.errors import MappingError, MappingErrors
from marketo_sync.mapping.models import (
    NAME,
    DeletePolicy,
    Entry,
    FieldMapping,
    Link,
    Mapping,
    NewPolicy,
)

if TYPE_CHECKING:
    from collections.abc import Mapping as AnyMapping
    from collections.abc import Sequence
    from pathlib import Path as FilePath

    from pydantic_core import ErrorDetails

    from marketo_sync.mapping.document import Path

M = TypeVar("M", bound=BaseModel)

DEFAULT_SCHEMA: Final = "public"  # tap-postgres puts the schema before the table's name
OBJECTS: Final = "objects"
HEAD: Final = ("instance", "max_changed_percent", OBJECTS)
PARTS: Final[AnyMapping[str, type[BaseModel]]] = {
    "fields": FieldMapping,
    "link": Link,
    "new_in_marketo": NewPolicy,
    "deleted_in_marketo": DeletePolicy,
    "deleted_in_database": DeletePolicy,
}
SENTENCES: Final = {  # pydantic's error type: what we say
    "missing": "is missing",
    "string_type": "must be a text",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "dict_type": "must be a mapping of names",
    "tuple_type": "must be a list",
    "model_type": "must be a name, or a mapping of settings",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
}


def load_mapping(path: FilePath) -> Mapping:
    """The mapping of that file; MappingErrors lists all that is wrong, each with its line."""
    source = f"mapping file {path}"
    try:
        document = read(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise MappingErrors(source, [MappingError(0, message)]) from None
    except UnicodeDecodeError:
        raise MappingErrors(source, [MappingError(0, "is not UTF-8 text")]) from None
    return _Reading(document).mapping(source)


def parse_streams(streams: AnyMapping[str, Any]) -> Mapping:
    """The mapping of the target's inline `streams`: what stands under `objects:` of a file."""
    return _Reading(Document({OBJECTS: deepcopy(dict(streams))})).mapping("setting `streams`")


class _Reading:
    """One document on its way to a mapping, with what was found wrong so far."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.errors = list(document.errors)

    def mapping(self, source: str) -> Mapping:
        data = self.document.data
        if isinstance(data, dict):
            found = self._mapping(data)
        else:
            found = None
            if not self.errors:
                self._add((), f"must be a mapping with the key `{OBJECTS}`")
        if self.errors or found is None:
            raise MappingErrors(source, self.errors)
        return found

    def _mapping(self, data: dict[str, Any]) -> Mapping | None:
        head = {key: value for key, value in data.items() if key != OBJECTS}
        objects = data.get(OBJECTS)
        if not isinstance(objects, dict) or not objects:
            self._add((OBJECTS,), "must name at least one object")
            objects = {}
        entries = [self._entry(name, raw) for name, raw in objects.items()]
        whole = [entry for entry in entries if entry]
        for place, words in rules.entry_problems(whole, objects):
            self._add((OBJECTS, *place), words)
        mapping = self._model(Mapping, head, ())
        return mapping and mapping.model_copy(update={"entries": tuple(whole)})

    def _entry(self, name: str, raw: object) -> Entry | None:
        path = (OBJECTS, name)
        if not isinstance(raw, dict):
            self._add(path, "must be a mapping of settings")
            return None
        return self._model(Entry, {"stream": _stream(name, raw), **raw, NAME: name}, path)

    def _model(self, model: type[M], data: dict[str, Any], path: Path) -> M | None:
        """The model of what is right in the data; None where too little is left."""
        try:
            return model.model_validate(data)
        except ValidationError as error:
            details = _details(error)
        for detail in details:
            self._explain(model, detail, path)
        return _of_the_rest(model, data, details)

    def _explain(self, model: type[BaseModel], detail: ErrorDetails, path: Path) -> None:
        kind, place = detail["type"], detail["loc"]
        if kind == "extra_forbidden":
            words = f"unknown key{_nearest(str(place[-1]), _known_keys(model, place))}"
        elif kind == "enum":
            words = f"must be {detail['ctx']['expected']}"
        else:
            words = SENTENCES.get(kind, detail["msg"])
        self._add((*path, *place), words)

    def _add(self, path: Path, words: str) -> None:
        line = self.document.line(path) or (1 if self.document.lines else 0)
        where = ".".join(str(part) for part in path if part != NAME)
        error = MappingError(line, f"`{where}`: {words}" if where else words)
        if error not in self.errors:
            self.errors.append(error)


def _stream(name: str, raw: AnyMapping[str, Any]) -> str:
    """As tap-postgres names it: schema, hyphen, table; without a table, the entry's own name."""
    table = raw.get("table")
    if not isinstance(table, str):
        return name
    schema, _, bare = table.rpartition(".")
    return f"{schema or DEFAULT_SCHEMA}-{bare}"


def _details(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False, include_input=False)


def _of_the_rest(model: type[M], data: dict[str, Any], details: list[ErrorDetails]) -> M | None:
    """The model without what those errors are about; what is wrong only then is not reported."""
    while True:
        cuts = [_cut(data, detail) for detail in details]
        if not all(cuts):
            return None
        try:
            return model.model_validate(data)
        except ValidationError as error:
            details = _details(error)


def _cut(data: dict[str, Any], detail: ErrorDetails) -> bool:
    """Take out what is wrong (of a missing key, the part that lacks it); whether it was there."""
    place = detail["loc"][:-1] if detail["type"] == "missing" else detail["loc"]
    cut, inner = None, data
    for part in place:
        if not isinstance(inner, dict) or part not in inner:
            continue
        cut, inner = (inner, part), inner[part]
    if cut is None:
        return False
    holder, key = cut
    holder.pop(key, None)
    return True


def _nearest(word: str, known: Sequence[str]) -> str:
    """A hint at the known key that looks most like this one."""
    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean `{near[0]}`?" if near else ""


def _known_keys(model: type[BaseModel], place: tuple[str | int, ...]) -> list[str]:
    """The keys that a file may write at that place."""
    if len(place) > 1:
        model = PARTS.get(str(place[0]), model)
    if model is Mapping:
        return list(HEAD)
    names = (field.alias or name for name, field in model.model_fields.items())
    return [name for name in names if name != NAME]
