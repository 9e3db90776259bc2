"""Every test process is a node of its own: its data folder is temporary and no other's.

Django's settings make keys in the data folder as soon as they are read, so the folder must be
named before. Where Django is not installed (the inner floors' own environment) nothing is done.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import sys
import tempfile

import pytest

# Programs that tests start compile the house once, not each of them anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

if importlib.util.find_spec("django"):
    from django.conf import settings

    folder = tempfile.mkdtemp(prefix="kaowu-test-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["KAOWU_DATA"] = folder
    os.environ["DJANGO_SETTINGS_MODULE"] = "kaowu.app.settings"
    assert not settings.DEBUG  # reads the settings, which tells pytest-django to use them
    # A real file, as in service: SQLite in memory locks otherwise when several threads write.
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"] = {**database.get("TEST", {}), "NAME": f"{folder}/test.sqlite3"}
    settings.PASSWORD_HASHERS = [
        "tests.quick_passwords.QuickArgon2"
    ]  # programs that tests start have the real one


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes():
    """A worker inheriting the names would read the settings before it has a folder of its own, and share this one."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    os.environ.pop("KAOWU_DATA", None)


@pytest.fixture(autouse=True)
def fresh_counter():
    """A desk remembers what it folded; the next test has another database."""
    yield
    module = sys.modules.get("kaowu.web.counter")
    if module is not None:
        module.counter.cache_clear()
