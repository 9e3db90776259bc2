"""Carrying a log to a node above: what is sent, how it is judged, where to go on.

The manner is that of C2SP tlog-mirror and tlog-witness. `packages` and `wire`
spell requests, `judge` is the mirror's side, `sender` the log's own side.
Everything here is pure: bytes and hashes go in, bytes and verdicts come out.
"""
