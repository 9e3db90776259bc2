"""纸面 · papers: which documents there are, and how each of them looks."""

import datetime
from pathlib import Path

import click

from kaowu.cli._output import emit, fail, json_option, progress

SAMPLE_DIGEST = "样张"


@click.group()
def command() -> None:
    """纸面文件 · papers that leave the house"""


@command.command("list")
@json_option
def list_documents(as_json: bool) -> None:
    """所有文件 · every document, in the order of the print pack"""
    from kaowu.reports import registry

    found = [
        {
            "id": each.id,
            "zh": each.zh,
            "en": each.en,
            "phase": each.phase.value,
            "scope": each.scope.value,
            "paper": each.paper.value,
            "in_pack": each.pack_order is not None,
        }
        for each in registry.documents()
    ]
    emit(found, as_json, lambda rows: "\n".join(f"{r['id']:<18}{r['zh']}  {r['en']}" for r in rows))


@command.command("sample")
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="PDF")
@json_option
def sample(name: str, out: Path, as_json: bool) -> None:
    """样张 · one document with invented contents, as PDF

    NAME 为文件编号，或 print-pack（整个考点的打印包）· a document's id, or print-pack
    """
    from kaowu.basics.clock import EXAM_ZONE
    from kaowu.reports import lettering, print_pack, registry, samples
    from kaowu.reports.contents import SiteContents

    at = datetime.datetime.now(EXAM_ZONE).replace(microsecond=0)
    known = {each.id: each for each in registry.documents()}
    if name in (*known, "print-pack") and not out.parent.is_dir():
        fail(
            {"code": "no_such_folder", "folder": str(out.parent)},
            as_json,
            f"没有文件夹 {out.parent}，无法写出 · there is no folder {out.parent} to write into",
        )
    if name == "print-pack":
        summary = print_pack.build(
            samples.sample_site(), out, _show_progress, printed_at=at, digest=SAMPLE_DIGEST
        )
        findings = summary.findings
    elif name in known:
        contents = known[name].sample()
        out.write_bytes(known[name].render(contents, at, SAMPLE_DIGEST))
        findings = tuple(lettering.glyph_findings(contents)) if isinstance(contents, SiteContents) else ()
    else:
        fail(
            {"code": "document_unknown", "name": name, "known": sorted(known)},
            as_json,
            f"没有文件 {name}；可用：{'、'.join(sorted(known))} · no such document",
        )
    result = {
        "name": name,
        "file": str(out),
        "bytes": out.stat().st_size,
        "findings": [finding.as_dict() for finding in findings],
    }
    lines = [f"已写入 {out}（{out.stat().st_size:,} 字节）", *(f"▲ {f.sentence.zh}" for f in findings)]
    emit(result, as_json, "\n".join(lines))


@command.command("fonts")
@json_option
def fonts_held(as_json: bool) -> None:
    """随带字体 · the bundled fonts: sizes, and how much of GB 18030-2022 they hold"""
    from kaowu.reports import fonts

    known = fonts.coverage()
    lines = [
        f"GB 18030-2022 汉字 {known['gb18030_2022_han']:,}，"
        f"人名字体覆盖 {known['names_cover']:,}，缺 {len(known['names_missing'])}",
        f"人名字体 {known['names_bytes'] / 1e6:.1f} MB，全部字体 {known['total_bytes'] / 1e6:.1f} MB",
        *(
            f"{face['file']:<28}{face['characters']:>7,} 字符  {face['bytes'] / 1e6:.1f} MB"
            for face in known["files"]
        ),
    ]
    emit(known, as_json, "\n".join(lines))


def _show_progress(done: int, total: int) -> None:
    progress(f"{done}/{total} 页")
