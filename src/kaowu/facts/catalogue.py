"""The catalogue: every kind of fact, gathered from the modules of this package.

A kind of fact is one small frozen class, declared with its Chinese and English
name and with a specification of each field:

    @fact(zh="试卷袋启封", en="Packet unsealed", about=Subject.ROOM_SITTING,
          line_zh="启封 {packet}，封号 {seal}", line_en="{packet} unsealed, seal {seal}")
    class PacketUnsealed(Fact):
        packet: str = identifier(zh="试卷袋", en="Packet")
        seal: str = identifier(zh="封号", en="Seal")

From the declaration follow the journal's encoding, the form, the timeline, the
door of the terminals and the reference page. Nothing is listed by hand: the
catalogue walks this package and those of the extensions.
"""

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache, cached_property
from typing import Any, ClassVar, TypeVar, cast, dataclass_transform

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.extensions import packages_of
from kaowu.facts import spelling
from kaowu.facts.spelling import (
    FieldSpec,
    choice,
    digest,
    identifier,
    identifiers,
    instant,
    number,
    text,
    yes_no,
)
from kaowu.facts.subjects import Subject


class Fact:
    """What happened. Frozen; identifiers, not names; nothing is ever edited."""

    kind: ClassVar["Kind"]


T = TypeVar("T", bound=Fact)


@dataclass(frozen=True)
class Kind:
    """One kind of fact: its names, what it is about, its fields."""

    name: str
    label: Sentence
    about: Subject
    line: Sentence
    made_as: type[Fact]
    fields: tuple[FieldSpec, ...]

    @property
    def story(self) -> str:
        """The first line of the class's docstring, for the reference."""
        return (self.made_as.__doc__ or "").strip().splitlines()[0]

    @cached_property
    def open_texts(self) -> tuple[FieldSpec, ...]:
        """The fields that everybody may see and anybody may write anything into."""
        return tuple(one for one in self.fields if one.shape is spelling.Shape.TEXT and not one.personal)

    def open_part(self, made: Fact) -> dict[str, Any]:
        """The fields that everybody may see, as canonical values."""
        return {s.name: spelling.plain(getattr(made, s.name)) for s in self.fields if not s.personal}

    def personal_part(self, made: Fact) -> dict[str, Any]:
        """The personal fields that are not empty, kept beside the entry."""
        values = {s.name: spelling.plain(getattr(made, s.name)) for s in self.fields if s.personal}
        return {name: value for name, value in values.items() if value not in (None, "", [])}

    @cached_property
    def _erased(self) -> dict[str, str]:
        """How personal fields read once they are erased."""
        return {spec.name: "" for spec in self.fields if spec.personal}

    def again(self, values: Mapping[str, Any]) -> Fact:
        """A fact as the journal holds it; personal fields that are not there read as empty."""
        return self.made_as(
            **self._erased | {n: tuple(v) if type(v) is list else v for n, v in values.items()}
        )

    def read(self, values: Mapping[str, Any]) -> Fact:
        """A fact from values as they come from a form, the API or the journal.

        Raises Refused with one sentence that names every field at fault.
        """
        known = {spec.name for spec in self.fields}
        faults = [
            Sentence(zh=f"没有“{name}”这个字段", en=f"there is no field “{name}”")
            for name in values
            if name not in known
        ]
        taken: dict[str, Any] = {}
        for spec in self.fields:
            try:
                taken[spec.name] = spelling.take(spec, values.get(spec.name))
            except spelling.Unreadable as unreadable:
                faults.append(unreadable.sentence)
        if faults:
            raise Refused(
                "fact_unreadable",
                Sentence(
                    zh=f"不能记录“{self.label.zh}”：" + "；".join(f.zh for f in faults) + "。",
                    en=f"Cannot record “{self.label.en}”: " + "; ".join(f.en for f in faults) + ".",
                ),
                remedy=Sentence(zh="请改正所列字段后重新提交。", en="Correct these fields, then send again."),
            )
        return self.made_as(**taken)

    def say(self, made: Fact) -> Sentence:
        """The fact as one line of the timeline, without personal fields."""
        words = {s.name: spelling.word(s, getattr(made, s.name)) for s in self.fields if not s.personal}
        return Sentence(
            zh=self.line.zh.format(**{name: said.zh for name, said in words.items()}),
            en=self.line.en.format(**{name: said.en for name, said in words.items()}),
        )


@dataclass_transform(
    frozen_default=True,
    kw_only_default=True,
    field_specifiers=(text, identifier, identifiers, number, instant, choice, yes_no, digest),
)
def fact(
    *, zh: str, en: str, about: Subject, line_zh: str = "", line_en: str = ""
) -> Callable[[type[T]], type[T]]:
    """Declare a kind of fact: its names, its subject, its line on the timeline.

    The line may name open fields in braces; without one it is the name alone.
    """

    def declare(declared: type[T]) -> type[T]:
        made_as = dataclass(frozen=True, kw_only=True)(declared)
        specs = tuple(
            cast(FieldSpec, item.metadata["spec"]).named(item.name) for item in fields(cast(Any, made_as))
        )
        made_as.kind = Kind(
            name=re.sub(r"(?<!^)(?=[A-Z])", "_", declared.__name__).lower(),
            label=Sentence(zh=zh, en=en),
            about=about,
            line=Sentence(zh=line_zh or zh, en=line_en or en),
            made_as=made_as,
            fields=specs,
        )
        return made_as

    return declare


def kinds() -> Mapping[str, Kind]:
    """Every kind by name, from this package and from the extensions."""
    return _gathered(packages_of("facts"))


def kind_named(name: str) -> Kind:
    """The kind of that name; Refused if there is none."""
    try:
        return kinds()[name]
    except KeyError:
        raise Refused(
            "fact_kind_unknown",
            Sentence(zh=f"没有“{name}”这种事实。", en=f"There is no kind of fact “{name}”."),
        ) from None


@cache
def _gathered(packages: tuple[str, ...]) -> Mapping[str, Kind]:
    found: dict[str, Kind] = {}
    for package in packages:
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__, package + "."):
            for item in vars(importlib.import_module(module.name)).values():
                if isinstance(item, type) and issubclass(item, Fact) and item.__module__ == module.name:
                    kind = getattr(item, "kind", None)
                    if kind and found.setdefault(kind.name, kind) is not kind:
                        raise ValueError(f"two kinds of fact are called {kind.name}")
    return dict(sorted(found.items()))
