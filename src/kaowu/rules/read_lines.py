"""Reading the declarations of profile lines: one group of lines per file."""

from collections.abc import Mapping

from kaowu.rules.line import UNITS, LineSpec, Shape
from kaowu.rules.toml_table import Table, Wrong


def read_lines(group: str, table: Table, known: Mapping[str, LineSpec]) -> dict[str, LineSpec]:
    """The lines of one file; a key that another file declared is a fault."""
    found: dict[str, LineSpec] = {}
    for key, row in table.tables("lines"):
        if key in known:
            other = known[key].group
            row.fault("", f"这一行已在 lines/{other}.toml 中声明", f"already declared in lines/{other}.toml")
        found[key] = _line(key, group, row)
    return found


def _line(key: str, group: str, row: Table) -> LineSpec:
    shape = row.text("shape", default="number")
    if shape not in list(Shape):
        row.fault("shape", f"没有“{shape}”这种形式", f"there is no shape “{shape}”")
        shape = "number"
    unit = row.text("unit", default="")
    if unit not in UNITS:
        row.fault("unit", f"没有“{unit}”这个单位", f"there is no unit “{unit}”")
        unit = ""
    spec = LineSpec(
        key=key,
        group=group,
        label=row.sentence(),
        shape=Shape(shape),
        unit=unit,
        least=row.number("least", default=0),
        most=row.number("most", default=100_000),
        choices={code: choice.sentence() for code, choice in row.tables("choices")},
        parts=row.texts("parts"),
        optional=row.yes_no("optional"),
    )
    if "default" in row.values:
        try:
            spec = LineSpec(**{**vars(spec), "default": spec.take(row.value("default")), "has_default": True})
        except Wrong as wrong:
            row.fault("default", wrong.sentence.zh, wrong.sentence.en)
    row.end()
    return spec
