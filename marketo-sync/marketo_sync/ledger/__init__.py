"""The ledger: what each side showed when both last agreed. Knows SQL; no HTTP and no Singer."""

from __future__ import annotations

from marketo_sync.ledger.errors import (
    LedgerError,
    LedgerHostError,
    LedgerLockedError,
    LedgerLostError,
    LedgerUrlError,
    LedgerVersionError,
)
from marketo_sync.ledger.imports import ImportJournal, NullImportJournal
from marketo_sync.ledger.ledger import DEFAULT_INSTANCE, Ledger
from marketo_sync.ledger.null import NullLedger
from marketo_sync.ledger.records import (
    KEYLESS,
    CycleStatus,
    FieldBase,
    ImportStage,
    LedgerRecord,
    LinkedKey,
    OpenImport,
    OpenReject,
    Outcome,
    PendingRow,
    Result,
    Status,
)

__all__ = [
    "DEFAULT_INSTANCE",
    "KEYLESS",
    "CycleStatus",
    "FieldBase",
    "ImportJournal",
    "ImportStage",
    "Ledger",
    "LedgerError",
    "LedgerHostError",
    "LedgerLockedError",
    "LedgerLostError",
    "LedgerRecord",
    "LedgerUrlError",
    "LedgerVersionError",
    "LinkedKey",
    "NullImportJournal",
    "NullLedger",
    "OpenImport",
    "OpenReject",
    "Outcome",
    "PendingRow",
    "Result",
    "Status",
]
