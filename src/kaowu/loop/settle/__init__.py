"""考后收尾: one file per duty."""
