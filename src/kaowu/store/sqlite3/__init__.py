"""SQLite as a node uses it: Django's own backend, and a process that ends where its disk fails (`base`)."""
