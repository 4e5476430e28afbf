"""Opens a ledger, says so, and holds it until its input ends: hold.py URL [INSTANCE]."""

from __future__ import annotations

import sys

from marketo_sync import Ledger, SyncError

url, *rest = sys.argv[1:]
instance = rest[0] if rest else "default"
try:
    with Ledger.open(url, command="target-marketo", host="localhost", instance=instance):
        print("held", flush=True)
        sys.stdin.read()
except SyncError as error:
    sys.exit(str(error))
