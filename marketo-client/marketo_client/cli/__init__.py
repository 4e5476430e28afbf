"""The command `marketo`: what an instance allows, what it spends, what it has."""
