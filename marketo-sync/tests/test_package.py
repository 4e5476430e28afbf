"""What the package promises to those who import it."""

from __future__ import annotations

import marketo_sync
from marketo_sync import ledger, mapping


def test_public_names_are_exported() -> None:
    public = set(marketo_sync.__all__)
    assert public == {*ledger.__all__, *mapping.__all__, "Cell", "Form", "SyncError"}
    assert all(hasattr(marketo_sync, name) for name in public)
