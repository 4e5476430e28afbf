"""What each command of `marketo-sync` asks for, does and prints."""
