"""Which devices there are: whatever folder of the adapters declares one.

An adapter is a folder with `manifest.toml` (names, transport, what to test
before an exam), `adapter.py` with `read(frame: bytes) -> Observation`, and
`samples/`: frames as the device really sent them, each with the observation
that they mean. Nothing is listed by hand; extensions add folders of their own.
"""

import importlib
import json
import pkgutil
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from kaowu.basics.errors import Sentence
from kaowu.basics.extensions import packages_of
from kaowu.devices.observation import Observation


@dataclass(frozen=True, slots=True)
class CommissioningItem:
    """One thing to test before the exam (设备调试清单): where, what and how."""

    code: str
    text: Sentence


@dataclass(frozen=True, slots=True)
class Sample:
    """A frame as it was sent, and what it means."""

    name: str
    frame: bytes
    means: Mapping[str, object]


@dataclass(frozen=True)
class Adapter:
    """One kind of device."""

    id: str
    label: Sentence
    transport: str
    commissioning: tuple[CommissioningItem, ...]
    samples: tuple[Sample, ...]
    read: Callable[[bytes], Observation]

    def failing_samples(self) -> list[str]:
        """The names of samples that the adapter does not read as they are meant."""
        return [s.name for s in self.samples if asdict(self.read(s.frame)) != dict(s.means)]


class FaultyAdapter(ValueError):
    """A folder that is no adapter; the message says what is missing."""


def adapters() -> dict[str, Adapter]:
    """Every adapter by its folder's name, of this house and of the extensions."""
    found: dict[str, Adapter] = {}
    for package in packages_of("devices.adapters"):
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
            if module.ispkg:
                adapter = _adapter(f"{package}.{module.name}", module.name)
                if found.setdefault(adapter.id, adapter) is not adapter:
                    raise FaultyAdapter(f"two adapters are called {adapter.id}")
    return dict(sorted(found.items()))


def _adapter(package: str, name: str) -> Adapter:
    folder = Path(next(iter(importlib.import_module(package).__path__)))
    try:
        said = tomllib.loads((folder / "manifest.toml").read_text("utf-8"))
        adapter = Adapter(
            id=name,
            label=Sentence(said["zh"], said["en"]),
            transport=said["transport"],
            commissioning=tuple(
                CommissioningItem(item["code"], Sentence(item["zh"], item["en"]))
                for item in said["commissioning"]
            ),
            samples=_samples(folder / "samples"),
            read=importlib.import_module(f"{package}.adapter").read,
        )
    except (OSError, KeyError, AttributeError, ValueError) as error:
        raise FaultyAdapter(f"{name}: {error}") from error
    if not adapter.samples or not adapter.commissioning:
        raise FaultyAdapter(f"{name}: an adapter has samples and a commissioning list")
    return adapter


def _samples(folder: Path) -> tuple[Sample, ...]:
    return tuple(
        Sample(path.stem, path.read_bytes(), json.loads(path.with_suffix(".json").read_text("utf-8")))
        for path in sorted(folder.glob("*.frame"))
    )
