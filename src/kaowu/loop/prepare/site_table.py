"""The candidates' sites as a sealed artefact: one row each, by candidate number."""

from collections.abc import Mapping

from kaowu.basics import canonical

_HEADER = ["candidate", "site"]


def write_site_table(site_of: Mapping[str, str]) -> bytes:
    """The canonical bytes, sorted by candidate."""
    return canonical.encode([_HEADER, *([one, site] for one, site in sorted(site_of.items()))])


def read_site_table(content: bytes) -> dict[str, str]:
    """The site of each candidate; raises NotCanonical for anything else."""
    header, *rows = canonical.decode(content)
    if header != _HEADER:
        raise canonical.NotCanonical("no table of candidates' sites of this version")
    return dict(rows)
