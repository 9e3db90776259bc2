"""The sheets that come with the house; `kaowu sheet layouts` lists them in this order."""

from collections.abc import Mapping

from kaowu.reports.sheets.spec import Ink, Questions, SheetPaper, SheetSpec, Writing

_HUNDRED = SheetSpec(
    name="a4-100",
    title="客观题答题卡",
    parts=(Questions(1, 100, heading="选择题（用 2B 铅笔填涂，修改时擦干净）"),),
)
_A3 = SheetSpec(
    name="a3-two-sided",
    title="答题卡",
    paper=SheetPaper.A3,
    parts=(
        Questions(1, 40, heading="一、单项选择题"),
        Questions(41, 10, multiple=True, heading="二、多项选择题"),
        Writing("三、填空题（51～55）", 55),
        Writing("四、解答题 56", 75),
        Writing("解答题 57", 75),
        Writing("解答题 58", 110),
        Writing("解答题 59", 110),
        Writing("解答题 60", 110),
    ),
)

DESIGNS: Mapping[str, SheetSpec] = {
    spec.name: spec
    for spec in (
        _HUNDRED,
        _A3,
        _HUNDRED.renamed("a4-100-ab", paper_types=("A", "B")),
        _A3.renamed("a3-two-sided-ab", paper_types=("A", "B")),
        _HUNDRED.renamed("a4-100-red", ink=Ink.RED),
        _A3.renamed("a3-two-sided-red", ink=Ink.RED),
        SheetSpec(
            name="a4-60-writing",
            title="答题卡",
            parts=(
                Questions(1, 40, heading="一、单项选择题"),
                Questions(41, 20, options=5, multiple=True, heading="二、多项选择题"),
                Writing("三、简答题 61", 50),
                Writing("四、论述题 62", 200),
                Writing("论述题 63", 200),
            ),
        ),
    )
}
