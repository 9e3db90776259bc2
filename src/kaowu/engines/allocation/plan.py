"""What comes out: who goes to which site, what each site's place is worth, and how far people go."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.allocation.problem import canonical_json

FORMAT = "kaowu.allocation/1"


@dataclass(frozen=True)
class Allocation:
    """Sites of all people, by id, and the prices: a certificate that anybody can check.

    No allocation has a smaller total distance than `bound`: the sum over people
    of the least distance + price, less price times capacity over sites.
    """

    problem: str
    engine: str
    sites: tuple[tuple[str, str], ...]  # person, site
    prices: tuple[tuple[str, int], ...]  # site, metres
    figures: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical bytes, in hexadecimal: the artefact's name."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """The canonical bytes: JSON, UTF-8, keys sorted, no spaces."""
        return canonical_json(
            {
                "format": FORMAT,
                "problem": self.problem,
                "engine": self.engine,
                "sites": [list(one) for one in self.sites],
                "prices": [list(one) for one in self.prices],
                "figures": dict(self.figures),
            }
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> "Allocation":
        """An allocation from JSON, its own or anybody's; raises Refused if it has another form."""
        try:
            plain = json.loads(content)
            if plain["format"] != FORMAT:
                raise ValueError(f"format is not {FORMAT}")
            return cls(
                str(plain["problem"]),
                str(plain["engine"]),
                tuple((str(person), str(site)) for person, site in plain["sites"]),
                tuple((str(site), int(price)) for site, price in plain["prices"]),
                {str(name): int(value) for name, value in plain["figures"].items()},
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Refused(
                "allocation_unreadable",
                Sentence(f"考点分布文件无法读懂：{error}", f"The allocation cannot be read: {error}"),
            ) from error
