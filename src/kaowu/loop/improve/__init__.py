"""改进: one file per duty."""
