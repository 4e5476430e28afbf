"""The command `tap-marketo`, also as `python -m tap_marketo`."""

from __future__ import annotations

from tap_marketo import signals


def main() -> None:
    """Run the tap. Its imports take a while, in which a signal may come already."""
    signals.hear()
    from tap_marketo.tap import TapMarketo  # noqa: PLC0415 - see above

    TapMarketo.cli()


if __name__ == "__main__":
    main()
