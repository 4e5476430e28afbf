"""The reference says what the code says; links, headings and commits that are named are there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from docs.printer import pages

ROOT = Path(__file__).parents[2]
TEXTS = [
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/**/*.md"),
    *ROOT.glob("*marketo*/README.md"),
    *ROOT.glob("benchmarks/*.md"),
]
LINK = re.compile(r"\]\(([^)#\s:]*)(?:#([^)\s]+))?\)")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def test_pages_are_those_that_the_code_prints():
    assert pages.stale(pages.printed()) == [], "run `make docs` and commit what it changes"


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: str(text.relative_to(ROOT)))
def test_links_lead_to_files_and_headings_that_are_there(text: Path):
    for place, heading in LINK.findall(FENCED.sub("", text.read_text())):
        file = (text.parent / place).resolve() if place else text
        assert file.exists(), place
        if heading:
            assert heading in headings(file), f"{place}#{heading}"


def headings(file: Path) -> set[str]:
    """The anchors of a page, as web pages of repositories make them."""
    titles = re.findall(r"^#+ (.*)$", FENCED.sub("", file.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_changes_to_imitate_are_in_the_history():
    recipes = (ROOT / "CONTRIBUTING.md").read_text()
    named = re.findall(r"""git show ['"](:/.*?)['"]`""", recipes)
    assert named
    is_cut = git("rev-parse", "--is-shallow-repository") == "true"
    for words in named:
        assert is_cut or git("rev-parse", "--quiet", "--verify", words), words


def git(*arguments: str) -> str:
    done = subprocess.run(
        ("git", *arguments), capture_output=True, check=False, cwd=ROOT, text=True
    )
    return done.stdout.strip()
