"""Pages of the exam day: room, gate, vault, one module per page."""
