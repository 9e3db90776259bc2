"""Bundles for a memory stick, by command."""

from __future__ import annotations

commands: tuple[()] = ()
