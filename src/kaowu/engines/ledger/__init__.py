"""The ledger: what makes the journal a book that nobody can rewrite unseen.

`tree` hashes and proves, `notes` signs, `archive` writes one file that holds a
whole journal, `verify` judges such a file without trusting whoever wrote it.
Nothing here knows what a fact means.
"""
