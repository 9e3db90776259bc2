"""Packages beside this one that add facts, rules, reports, panels or devices.

A province puts its own additions into a package of its own and names it in
`KAOWU_EXTENSIONS` (several, parted by commas). On each floor the house then
also walks the subpackage of the same name: `shandong.facts` beside
`kaowu.facts`, `shandong.reports` beside `kaowu.reports`.
"""

import importlib.util
import os


def packages_of(floor: str) -> tuple[str, ...]:
    """The packages that make up a floor such as `facts` or `web.cockpit.panels`."""
    extensions = os.environ.get("KAOWU_EXTENSIONS", "")
    if not extensions:  # asked some times for every fact
        return (f"kaowu.{floor}",)
    named = [name.strip() for name in extensions.split(",") if name.strip()]
    return (f"kaowu.{floor}", *(f"{name}.{floor}" for name in named if _exists(f"{name}.{floor}")))


def _exists(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:
        return False
