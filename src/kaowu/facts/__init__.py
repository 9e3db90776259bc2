"""What can happen: one small class for each kind of fact, with its Chinese name."""
