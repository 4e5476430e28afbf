"""`python -m docs.printer`: print all pages, or only say which are stale."""

from __future__ import annotations

import click

from docs.printer import pages
from docs.printer.places import REFERENCE


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit status 1 if a page is stale.")
def main(*, check: bool) -> None:
    """Print docs/reference/ from the code."""
    printed = pages.printed()
    stale = pages.stale(printed)
    if not check:
        REFERENCE.mkdir(exist_ok=True)
        for name in stale:
            pages.put(name, printed.get(name))
        click.echo(f"{len(stale)} of {len(printed)} pages of docs/reference/ changed")
    elif stale:
        raise click.ClickException(f"stale: {', '.join(stale)}; run `make docs` and commit")


if __name__ == "__main__":
    main()
