"""The routes under /_simulator/ that change and inspect the simulator; Marketo has nothing like it."""
