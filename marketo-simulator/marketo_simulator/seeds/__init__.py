"""The data that an instance starts with: seeded, repeatable, and full of what breaks pipelines."""
