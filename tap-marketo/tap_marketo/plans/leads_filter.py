"""The setting `leads_filter`: what it may hold, and what is said of one that cannot be read.

Knows nothing of Marketo's answers. No message repeats the value of a list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from marketo_client import SettingError
from marketo_client.setting_rules import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

LEADS_FILTER: Final = "leads_filter"
STATIC_LIST: Final = "static_list"
SMART_LIST: Final = "smart_list"
PROGRAM: Final = "program"
ID_OR_NAME: Final = {"type": ["integer", "string"]}
KINDS: Final[Mapping[str, Mapping[str, Any]]] = {
    STATIC_LIST: ID_OR_NAME,
    SMART_LIST: ID_OR_NAME,
    PROGRAM: {"type": ["integer"]},
}
LEADS_FILTER_SCHEMA: Final = {
    "type": ["object", "null"],
    "properties": dict(KINDS),
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
}
FORM: Final = '`static_list`, `smart_list` or `program`, as in {"static_list": 1042}'


def check_leads_filter(chosen: object) -> None:
    """Raises SettingError, a sentence for whoever wrote it, unless it names one list or program."""
    if chosen is None:
        return
    if not isinstance(chosen, dict):
        raise SettingError(LEADS_FILTER, f"is no object; name one {FORM}")
    for kind in chosen:
        if kind not in KINDS:
            hint = nearest(str(kind), KINDS, listed_by="`tap-marketo --about`")
            raise SettingError(LEADS_FILTER, f"has no `{kind}`; {hint}")
    if len(chosen) != 1:
        problem = "names more than one" if chosen else "is empty"
        raise SettingError(LEADS_FILTER, f"{problem}; name one {FORM}")
    for kind, of in chosen.items():
        _check_value(kind, of)


def _check_value(kind: str, of: object) -> None:
    is_id = isinstance(of, int) and not isinstance(of, bool) and of > 0
    is_name = isinstance(of, str) and bool(of.strip())
    if kind == PROGRAM and not is_id:
        raise SettingError(f"{LEADS_FILTER}.{kind}", "is no id; give the program's number")
    if not is_id and not is_name:
        raise SettingError(
            f"{LEADS_FILTER}.{kind}", "is neither an id nor a name; give one of them"
        )
