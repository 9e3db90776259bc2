"""What one exam holds now: frozen states, folded from facts."""
