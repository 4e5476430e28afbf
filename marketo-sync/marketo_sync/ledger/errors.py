"""What keeps a ledger from being opened. No message holds the URL's password."""

from __future__ import annotations

from marketo_sync.errors import SyncError


class LedgerError(SyncError):
    """The ledger cannot be used."""


class LedgerUrlError(LedgerError):
    """`ledger_url` names no ledger that can be opened."""


class LedgerVersionError(LedgerError):
    """A newer marketo-sync has upgraded this ledger."""


class LedgerLockedError(LedgerError):
    """Another run holds the instance; the message names it."""


class LedgerHostError(LedgerError):
    """The instance was used with another endpoint."""


class LedgerLostError(LedgerError):
    """The database refuses or is gone in the middle of a run; what was not settled was not done."""
