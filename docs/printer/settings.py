"""The settings of tap and target, from the schemas that check them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tap_marketo.tap import TapMarketo
from target_marketo.target import TargetMarketo

from docs.printer.markdown import code, codes, sections, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Rule = Mapping[str, Any]

HEADER: Final = ("setting", "type", "default", "meaning")
KINDS: Final = {
    "object": "object",
    "array": "list",
    "string": "text",
    "number": "number",
    "integer": "integer",
    "boolean": "boolean",
}


def tap() -> str:
    """The page on the tap's settings."""
    return _page(TapMarketo)


def target() -> str:
    """The page on the target's settings."""
    return _page(TargetMarketo)


def _page(plugin: type[TapMarketo | TargetMarketo]) -> str:
    theirs: dict[str, Any] = {"properties": {}}
    plugin.append_builtin_config(theirs)
    every = plugin.config_jsonschema
    ours = {k: v for k, v in every["properties"].items() if k not in theirs["properties"]}
    variables = code(f"{plugin.name.upper().replace('-', '_')}_<SETTING>")
    return sections(
        f"# Settings of {plugin.name}",
        "They come from the config file, or, with `--config=ENV` and under Meltano, from variables"
        f" ({variables}; lists and objects as JSON) and from `.env` of the working folder, which"
        " never beats a variable. A setting that is not listed here is an error; under Meltano a"
        " variable that `meltano.yml` lists under no `settings` is passed over in silence.",
        table(HEADER, _rows(ours, required=every["required"])),
        "The Singer SDK adds:",
        table(HEADER, _rows(theirs["properties"])),
    )


def _rows(rules: Rule, *, required: list[str] | None = None) -> Iterator[tuple[str, ...]]:
    for name, rule in rules.items():
        default = "required" if name in (required or ()) else _default(rule.get("default"))
        secret = " Secret." if rule.get("secret") else ""
        yield code(name), _kind(rule), default, f"{rule['description']}{secret}"


def _default(value: object) -> str:
    if value is None:
        return ""
    return code(str(value).lower() if isinstance(value, bool) else value)


def _kind(rule: Rule) -> str:
    """The choices, or the type with its least and greatest value, in a few words."""
    if "enum" in rule:
        return codes(each for each in rule["enum"] if each is not None)
    kinds = [rule["type"]] if isinstance(rule["type"], str) else rule["type"]
    words = " or ".join(KINDS[each] for each in kinds if each in KINDS)
    bounds = [("from", rule.get("minimum")), ("to", rule.get("maximum"))]
    words += "".join(f" {word} {bound:g}" for word, bound in bounds if bound is not None)
    return f"{words} ({rule['format']})" if "format" in rule else words
