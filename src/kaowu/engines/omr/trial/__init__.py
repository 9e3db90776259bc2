"""Trials of the reader: sheets marked and scanned by computation, whose truth is known.

Everything follows from a seed. What is imitated is what scanners and candidates
do; it is no proof for real cards, and the report says so.
"""
