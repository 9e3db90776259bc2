"""Pages are found, not listed: every module below `web/office`, `web/day`, `web/cockpit` and `web/portal` that has `urlpatterns`.

A page module holds its views, its `urlpatterns` and, if it belongs in the menu, `MENU` (see office/menu.py).
"""

import functools
import importlib
import pkgutil
from types import ModuleType
from typing import Any

PACKAGES = ("kaowu.web.office", "kaowu.web.day", "kaowu.web.cockpit", "kaowu.web.portal")


@functools.cache
def page_modules() -> tuple[ModuleType, ...]:
    """All page modules, by name, so that the order never depends on the file system."""
    found = []
    for package in PACKAGES:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
            loaded = importlib.import_module(module.name)
            if hasattr(loaded, "urlpatterns"):
                found.append(loaded)
    return tuple(sorted(found, key=lambda module: module.__name__))


def page_urls() -> list[Any]:
    return [pattern for module in page_modules() for pattern in module.urlpatterns]
