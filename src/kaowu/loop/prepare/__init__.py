"""考前筹备: one file per duty."""
