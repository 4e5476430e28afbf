"""YAML with the line of every key, and duplicate keys as errors.

Words are read as YAML 1.2 does: `NO` and `on` are text, not booleans, and dates stay text.
Knows nothing of mappings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from marketo_sync.mapping.errors import MappingError

Path = tuple[str | int, ...]
Yaml = str | int | float | bool | None | list[Any] | dict[str, Any]

PLAIN_WORDS: Final = (  # YAML 1.2, core schema; a number with leading zeros stays text
    ("tag:yaml.org,2002:bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("tag:yaml.org,2002:int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("tag:yaml.org,2002:float", r"[-+]?(0|[1-9][0-9]*)\.[0-9]+([eE][-+]?[0-9]+)?", "-+0123456789"),
    ("tag:yaml.org,2002:null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
)


class _Loader(yaml.SafeLoader):
    """SafeLoader with the plain words of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own way to replace it


for _tag, _pattern, _first in PLAIN_WORDS:
    _Loader.add_implicit_resolver(_tag, re.compile(f"(?:{_pattern})$"), list(_first))


@dataclass(slots=True)
class Document:
    """The data of a YAML text, where each key stands, and what cannot be read."""

    data: Yaml = None
    lines: dict[Path, int] = field(default_factory=dict)
    errors: list[MappingError] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of that key, else of the nearest one above it; 0 where there are no lines."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)


def read(text: str) -> Document:
    """The text's document; broken YAML is one error with its line."""
    document = Document()
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        document.errors.append(MappingError(line, f"not YAML: {error.problem or error.context}"))
        return document
    finally:
        loader.dispose()
    if root is not None:
        document.data = _value(root, (), document)
    return document


def _value(node: yaml.Node, path: Path, document: Document) -> Yaml:
    document.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, document)
    if isinstance(node, yaml.SequenceNode):
        return [_value(part, (*path, i), document) for i, part in enumerate(node.value)]
    return _scalar(node, document)


def _scalar(node: yaml.Node, document: Document) -> Yaml:
    loader = _Loader("")
    try:
        value: Yaml = loader.construct_object(node)
    except (yaml.MarkedYAMLError, ValueError):
        line = node.start_mark.line + 1
        document.errors.append(MappingError(line, f"not a value for the tag {node.tag}"))
        return None
    finally:
        loader.dispose()
    return value


def _mapping(node: yaml.MappingNode, path: Path, document: Document) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key, line = _key(key_node, document), key_node.start_mark.line + 1
        if key in found:
            first = document.lines[(*path, key)]
            message = f"`{key}` stands here twice, first in line {first}"
            document.errors.append(MappingError(line, message))
            continue
        document.lines[(*path, key)] = line
        found[key] = _value(value_node, (*path, key), document)
    return found


def _key(node: yaml.Node, document: Document) -> str:
    if not isinstance(node, yaml.ScalarNode):
        line = node.start_mark.line + 1
        document.errors.append(MappingError(line, "a key must be a plain word"))
        return str(node.value)
    value = _scalar(node, document)
    return str(value).lower() if isinstance(value, bool) else str(node.value)
