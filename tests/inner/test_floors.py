"""The inner floors stand without Django and without a database."""

from __future__ import annotations

import subprocess
import sys

import pytest

INNER_FLOORS = ("basics", "facts", "registry", "exam", "rules", "engines", "loop", "reports")
# Each module of a floor is imported while Django cannot be.
IMPORT_ALL = """
import importlib, pkgutil, sys
for outer in ("django", "psycopg", "ninja", "whitenoise", "granian"):
    sys.modules[outer] = None
floor = importlib.import_module("kaowu." + sys.argv[1])
for module in pkgutil.walk_packages(floor.__path__, floor.__name__ + "."):
    importlib.import_module(module.name)
"""


@pytest.mark.parametrize("floor", INNER_FLOORS)
def test_a_floor_stands_without_django(floor):
    done = subprocess.run([sys.executable, "-c", IMPORT_ALL, floor], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
