"""The way of a row: ledger, judgement, look-up, call, ledger."""
