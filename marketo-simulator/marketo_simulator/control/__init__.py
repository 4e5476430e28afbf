"""The routes under /_simulator/: change and inspect the simulator. Marketo has nothing like it."""
