"""Make the pages that follow from the code, or check that they are fresh."""

from __future__ import annotations

from pathlib import Path

import click

from kaowu.cli._output import emit, fail, json_option
from kaowu.cli._project import project_root


@click.command(short_help="生成参考页 · make the generated reference pages")
@click.option("--check", is_flag=True, help="只检查，不写 · only check that they are fresh")
@json_option
def command(check: bool, as_json: bool) -> None:
    """从事实、规则和文档目录生成 docs/reference 的参考页。

    Make the pages of docs/reference from facts, rules and documents.
    """
    folder = project_root()
    if folder is None:
        fail({}, as_json, "这个命令只在源码目录中有用 · this command needs the source tree")
    pages = _pages()
    stale = sorted(name for name, text in pages.items() if _read(folder / name) != text)
    result = {"pages": sorted(pages), "stale": stale}
    if check and stale:
        fail(
            result,
            as_json,
            "这些页已过期，请运行 kaowu generate · stale pages, run kaowu generate:\n" + "\n".join(stale),
        )
    if not check:
        for name in stale:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(pages[name], encoding="utf-8")
    emit(result, as_json, f"{len(pages)} 页，更新 {0 if check else len(stale)} 页 · {len(pages)} pages")


def _pages() -> dict[str, str]:
    from kaowu.facts import reference as facts
    from kaowu.rules import reference as rules

    return {
        f"docs/reference/{name}": text for name, text in {"facts.md": facts.page(), **rules.pages()}.items()
    }


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
