"""The command centre's live screens."""
