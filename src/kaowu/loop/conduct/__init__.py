"""考中实施: one file per duty."""
