"""Settings that a JSON Schema describes: read from variables, checked before the first call.

For the programs that stand on this client. No message repeats a value. Knows none of the settings.
"""

from __future__ import annotations

import difflib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from dotenv import dotenv_values

from marketo_client.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    Rule = Mapping[str, Any]

YES: Final = frozenset({"true", "1", "yes", "on"})


class Violation(Protocol):
    """What jsonschema says of a value that breaks a rule."""

    @property
    def absolute_path(self) -> Collection[str | int]:
        """Where the value stands."""

    @property
    def context(self) -> Iterable[Violation] | None:
        """Of `anyOf`, what is wrong by each of its rules."""

    validator: Any
    validator_value: Any


@dataclass(frozen=True, slots=True)
class SettingRules:
    """The settings of one program, by the name that it is called by."""

    program: str
    schema: Mapping[str, Any]

    def from_variables(self, *, prefix: str, passed_over: tuple[str, ...] = ()) -> dict[str, Any]:
        """Settings from variables, and from `.env` of the working folder where none is set.

        Names that begin with one of `passed_over` behind the prefix are somebody else's. Raises
        SettingError for a variable that is no setting, and for a text that is not a number or not
        JSON where one is expected.
        """
        rules = self.schema["properties"]
        variables = {**dotenv_values(".env"), **os.environ}
        found: dict[str, Any] = {}
        for variable in [name for name in variables if name.startswith(prefix)]:
            setting = variable.removeprefix(prefix).lower()
            text = variables[variable]
            if setting in rules and text is not None:
                found[setting] = _parsed(setting, text, rules[setting])
            elif setting not in rules and not setting.startswith(passed_over):
                raise self._unknown(variable, setting)
        return found

    def check(
        self,
        config: dict[str, Any],
        *,
        violations: Callable[[dict[str, Any]], Iterable[Violation]],
    ) -> None:
        """Refuse what cannot work; a setting that is null counts as not set, and is removed.

        Raises SettingError for the first problem, unknown settings first.
        """
        known = self.schema["properties"]
        for setting in [name for name, value in config.items() if value is None]:
            del config[setting]
        for setting in config:
            if setting not in known:
                raise self._unknown(setting, setting)
        for setting in self.schema.get("required", ()):
            if not config.get(setting):
                raise SettingError(setting, f"is missing; {known[setting]['description']}")
        for setting in [name for name, value in config.items() if value == ""]:
            raise SettingError(setting, "is empty; give it a value, or remove it")
        for violation in violations(config):
            raise self._broken(violation)

    def _unknown(self, name: str, setting: str) -> SettingError:
        hint = nearest(setting, self.schema["properties"], listed_by=f"`{self.program} --about`")
        return SettingError(name, f"is not a setting; {hint}")

    def _broken(self, violation: Violation) -> SettingError:
        """The problem in words that do not repeat the value, at its very place."""
        for within in violation.context or ():
            if len(within.absolute_path) > len(violation.absolute_path):
                return self._broken(within)
        place = ".".join(str(step) for step in violation.absolute_path) or "config"
        wanted = violation.validator_value
        some = wanted if isinstance(wanted, list) else [wanted]
        kinds = dict.fromkeys(_kind(each) for each in some if isinstance(each, dict))
        problems = {
            "type": f"must be of type {' or '.join(map(str, some))}",
            "minimum": f"must be {wanted} or more",
            "maximum": f"must be {wanted} or less",
            "enum": f"must be one of {', '.join(map(str, some))}",
            "anyOf": f"must be {' or '.join(kinds)}",
        }
        problem = problems.get(str(violation.validator), f"breaks the rule `{violation.validator}`")
        return SettingError(place, f"{problem}; see `{self.program} --about`")


def checkable(schema: Any) -> Any:  # noqa: ANN401 - JSON
    """The same schema; where `anyOf` only names a type, as the SDK has it, it is a rule there."""
    if isinstance(schema, list):
        return [checkable(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    whole = {name: checkable(part) for name, part in schema.items()}
    if "anyOf" in whole:
        rules = whole["anyOf"]
        whole["anyOf"] = [{"type": each} if isinstance(each, str) else each for each in rules]
    return whole


def _kind(rule: Rule) -> str:
    """What one of the rules of `anyOf` lets pass."""
    if "const" in rule:
        return f"`{rule['const']}`"
    kinds = rule.get("type", "of another kind")
    return kinds if isinstance(kinds, str) else " or ".join(kinds)


def nearest(name: str, known: Collection[str], *, listed_by: str) -> str:
    """What to write instead of a name that is not known."""
    close = difflib.get_close_matches(name.lower(), [each.lower() for each in known], n=1)
    if close:
        meant = next(each for each in known if each.lower() == close[0])
        return f"did you mean `{meant}`?"
    return f"remove it, or see {listed_by} for what there is"


def _parsed(setting: str, text: str, rule: Rule) -> Any:  # noqa: ANN401 - JSON
    kinds = rule.get("type", ())
    if "string" in kinds or not kinds:
        return text
    if "boolean" in kinds:
        return text.lower() in YES
    try:
        return json.loads(text)
    except ValueError:
        if "array" in kinds:
            return [item.strip() for item in text.split(",") if item.strip()]
        expected = " or ".join(kind for kind in kinds if kind != "null")
        raise SettingError(
            setting, f"must be of type {expected}; its environment variable cannot be read so"
        ) from None
