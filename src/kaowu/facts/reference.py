"""The reference page of all kinds of facts, made from the catalogue."""

from kaowu.facts.catalogue import Kind, kinds
from kaowu.facts.spelling import FieldSpec, Shape

_SHAPES = {
    Shape.TEXT: "文字 text",
    Shape.IDENTIFIER: "编号 identifier",
    Shape.IDENTIFIERS: "编号列表 identifiers",
    Shape.NUMBER: "整数 whole number",
    Shape.INSTANT: "时刻（毫秒） instant (ms)",
    Shape.CHOICE: "选项 choice",
    Shape.YES_NO: "是否 yes or no",
    Shape.DIGEST: "摘要 digest (SHA-256)",
}


def page() -> str:
    """The page as Markdown, bilingual."""
    head = (
        "# 事实 · Facts\n\n"
        "由 `kaowu generate` 从 `src/kaowu/facts` 生成；改事实，不改本页。\n"
        "Made by `kaowu generate` from `src/kaowu/facts`; change the facts, not this page.\n\n"
        "个人字段不进入流水的叶子，另行保存，流水中只有承诺值。\n"
        "Personal fields are kept beside the entry; the journal's leaf holds a commitment to them.\n"
    )
    return head + "".join(_section(kind) for kind in kinds().values())


def _section(kind: Kind) -> str:
    rows = "".join(_row(spec) for spec in kind.fields)
    return (
        f"\n## {kind.label.zh} · {kind.label.en}\n\n"
        f"`{kind.name}` · 对象 about: `{kind.about}`\n\n{kind.story}\n\n"
        f"| 字段 field | 名称 label | 形式 shape | 必填 required | 个人 personal |\n|---|---|---|---|---|\n{rows}"
    )


def _row(spec: FieldSpec) -> str:
    shape = _SHAPES[spec.shape]
    if spec.choices:
        shape += "：" + "，".join(f"`{code}` {said.zh} {said.en}" for code, said in spec.choices)
    marks = ("是 yes" if spec.required else "", "是 yes" if spec.personal else "")
    return f"| `{spec.name}` | {spec.label.zh} · {spec.label.en} | {shape} | {marks[0]} | {marks[1]} |\n"
