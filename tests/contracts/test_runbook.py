"""Whatever ends a reading run stands in the table of the how-to page that explains it."""

from __future__ import annotations

import ast
from collections import defaultdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from marketo_client import ERRORS
from marketo_client import errors as client_errors
from tap_marketo import errors as tap_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/how-to/mend-a-reading-run.md"
PARTS = ("tap-marketo/tap_marketo", "marketo-client/marketo_client")
NO_END = {
    "GivenUpError": "only the command `marketo` is in a hurry",
    "NoDataError": "is an empty answer",
    "SkipRecordError": "is of a record that is written",
    "StopForTodayError": "its own code is of cloned programs",
}


def table() -> list[str]:
    """What the page looks for in last lines."""
    stopped = PAGE.read_text().split("## It warned")[0].splitlines()
    return [line.split("`")[1] for line in stopped if line.startswith("| `")]


def trees() -> Iterator[ast.Module]:
    """The code that a run of the tap goes through."""
    for file in chain.from_iterable((ROOT / part).rglob("*.py") for part in PARTS):
        if "cli" not in file.parts:
            yield ast.parse(file.read_text())


def texts(node: ast.AST, names: dict[str, str]) -> list[str]:
    """The texts below a node, docstrings apart; a constant's name stands for its text."""
    docstrings = {id(n.value) for n in ast.walk(node) if isinstance(n, ast.Expr)}
    below = [n for n in ast.walk(node) if id(n) not in docstrings]
    plain = [n.value for n in below if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return plain + [names[n.id] for n in below if isinstance(n, ast.Name) and n.id in names]


def constants(module: ast.Module) -> dict[str, str]:
    """The texts that a module gives names to."""
    return {
        each.target.id: each.value.value
        for each in module.body
        if isinstance(each, ast.AnnAssign)
        and isinstance(each.target, ast.Name)
        and isinstance(each.value, ast.Constant)
        and isinstance(each.value.value, str)
    }


def sentences() -> dict[str, list[list[str]]]:
    """By name of an error, the texts of each place that makes one."""
    found = defaultdict(list)
    for module in trees():
        names = constants(module)
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                found[node.func.id].append(texts(node, names))
            if isinstance(node, ast.ClassDef):
                found[node.name].append(texts(node, names))
    for rule in ERRORS.values():
        for each in (rule, *(rule.variants or {}).values()):
            found[each.family.__name__].append([each.meaning])
    return found


def families() -> Iterator[type[Exception]]:
    """All errors that may end a run with a sentence."""
    for module, root in (
        (tap_errors, tap_errors.TapError),
        (client_errors, client_errors.MarketoError),
    ):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, root) and value is not root:
                yield value


def is_told(said: list[str]) -> bool:
    return any(words in text for words in table() for text in said)


def test_every_error_is_in_the_table() -> None:
    made, anything = sentences(), client_errors.MarketoError.remedy
    said = {each.__name__: [*chain(*made[each.__name__])] for each in families()}
    for each in families():
        said[each.__name__] += {getattr(each, "remedy", anything)} - {anything}
    assert {name for name, texts in said.items() if not is_told(texts)} == set(NO_END)


def test_every_sentence_of_the_tap_itself_is_in_the_table() -> None:
    said = [place for place in sentences()["TapError"] if place]
    assert len(said) > 4
    assert [place for place in said if not is_told(place)] == []
