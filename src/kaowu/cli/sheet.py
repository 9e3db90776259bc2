"""答题卡 · sheet: list and render answer sheets, read scanned ones, measure how surely they are read."""

from __future__ import annotations

import datetime
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from kaowu.basics.errors import Refused, Sentence
from kaowu.cli._output import emit, fail, json_option, progress
from kaowu.cli._sheet_receive import receive

if TYPE_CHECKING:
    from kaowu.engines.omr.files import Source
    from kaowu.engines.omr.layout import Layout
    from kaowu.engines.omr.page import Grey, Page

FILE = click.Path(path_type=Path)
BLANK_DPI = 200
TOLD_EVERY = 100


@click.group()
def command() -> None:
    """答题卡 · Answer sheets."""


command.add_command(receive)


@command.command("layouts")
@json_option
def list_layouts(as_json: bool) -> None:
    """列出自带的答题卡版式 · The sheets that come with the house."""
    from kaowu.reports.sheets import blank
    from kaowu.reports.sheets.designs import DESIGNS

    found = []
    for spec in DESIGNS.values():
        pages = blank.layouts(spec)
        found.append(
            {
                "name": spec.name,
                "title": spec.title,
                "pages": len(pages),
                "paper": spec.paper.value.removesuffix("-landscape").upper(),
                "ink": spec.ink.value,
                "paper_types": list(spec.paper_types),
                "questions": sum(field.id.startswith("q") for page in pages for field in page.fields),
                "digests": [page.digest for page in pages],
            }
        )
    emit(found, as_json, lambda rows: "\n".join(_line(row) for row in rows))


def _line(row: dict[str, Any]) -> str:
    return f"{row['name']:<18} {row['paper']} · {row['pages']} 页 · {row['questions']} 题 · {row['ink']}"


@command.command("render")
@click.argument("name")
@click.option("--out", type=FILE, required=True, help="空白答题卡 PDF · the blank")
@click.option(
    "--layout-json", type=FILE, help="版式文件；后续页写成 NAME-2.json · positions; further pages beside it"
)
@json_option
def render(name: str, out: Path, layout_json: Path | None, as_json: bool) -> None:
    """打印空白答题卡，并导出各框位置 · Print a blank, and where everything stands on it."""
    from kaowu.reports.sheets import blank
    from kaowu.reports.sheets.designs import DESIGNS

    spec = DESIGNS.get(name)
    if spec is None:
        known = ", ".join(DESIGNS)
        _refuse(
            "no_such_sheet",
            Sentence(f"没有版式“{name}”。现有：{known}", f"There is no sheet {name!r}. Known: {known}"),
            as_json,
        )
    pages = blank.layouts(spec)
    written = [out]
    out.write_bytes(blank.pdf(spec, _now()))
    if layout_json is not None:
        for page in pages:
            target = layout_json
            if page.page > 1:
                target = layout_json.with_name(f"{layout_json.stem}-{page.page}{layout_json.suffix}")
            target.write_bytes(page.to_bytes())
            written.append(target)
    emit(
        {"name": name, "pages": len(pages), "files": [str(path) for path in written]},
        as_json,
        lambda value: "\n".join(value["files"]),
    )


@command.command("read")
@click.argument("folder", type=FILE)
@click.option("--layout", "layout_file", type=FILE, required=True, help="版式文件 · the layout")
@click.option("--blank", "blank_file", type=FILE, help="空白卡图像或 PDF · an unmarked form")
@click.option("--out", type=FILE, required=True, help="结果 JSON · the result")
@click.option("--workers", type=int, default=0, help="进程数，0 为全部核心 · processes, 0 for all cores")
@json_option
def read(
    folder: Path, layout_file: Path, blank_file: Path | None, out: Path, workers: int, as_json: bool
) -> None:
    """读扫描的答题卡；中断后再运行接着读 · Read scanned sheets; run again to go on after a stop."""
    from kaowu.engines.omr.batch import read_batch
    from kaowu.engines.omr.files import is_sheet_file, sources
    from kaowu.engines.omr.layout import Layout

    try:
        layout = Layout.from_bytes(layout_file.read_bytes())
        files = sorted(folder.iterdir(), key=lambda file: file.name) if folder.is_dir() else [folder]
        pages = [page for path in files if is_sheet_file(path) for page in sources(path)]
        image = _blank(layout, blank_file, pages)
    except Refused as refused:
        _refuse(refused.code, refused.sentence, as_json)
    except OSError as error:
        _refuse(
            "not_readable",
            Sentence(
                f"读不了 {error.filename}：{error.strerror}",
                f"Cannot read {error.filename}: {error.strerror}",
            ),
            as_json,
        )
    kept = out.with_name(f"{out.name}.part")
    out.parent.mkdir(parents=True, exist_ok=True)
    cores = workers or len(os.sched_getaffinity(0))
    draft = out.with_name(f".{out.name}.draft")
    sheets = errors = flags = 0
    # Written as they come: the entries of a big batch do not fit into memory.
    with draft.open("w", encoding="utf-8") as file:
        file.write('{"sheets": {')
        for name, entry in read_batch(layout, image, pages, cores, kept):
            file.write(", " if sheets else "")
            file.write(f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(entry, ensure_ascii=False)}")
            sheets += 1
            errors += entry["error"] is not None
            flags += sum(field["flag"] for field in entry["fields"].values())
            if sheets % TOLD_EVERY == 0:
                progress(f"{sheets:,} / {len(pages):,}")
        file.write("}}")
    draft.replace(out)
    kept.unlink(missing_ok=True)
    emit(
        {"sheets": sheets, "rejected": errors, "flagged_fields": flags, "out": str(out)},
        as_json,
        lambda value: (
            f"读 {value['sheets']:,} 页，退回 {value['rejected']:,} 页，待人看 {value['flagged_fields']:,} 处 → {out}"
        ),
    )


def _blank(layout: Layout, blank_file: Path | None, pages: list[Source]) -> Grey | None:
    """The blank: as given, of the house's own sheet, or as the batch shows it."""
    from kaowu.engines.omr.estimate import MOST_PAGES, estimated_blank
    from kaowu.engines.omr.files import load, sources
    from kaowu.engines.omr.page import Rejected
    from kaowu.reports.sheets import blank
    from kaowu.reports.sheets.designs import DESIGNS

    if blank_file is not None:
        try:
            found = list(sources(blank_file))
            return load(found[min(layout.page, len(found)) - 1]).grey
        except Rejected as rejected:
            raise Refused(
                "blank_unreadable",
                Sentence(
                    f"空白卡读不了（{rejected.code}）。", f"The blank cannot be read ({rejected.code})."
                ),
            ) from rejected
    spec = DESIGNS.get(layout.id)
    if spec is not None:
        own = next((page for page in blank.layouts(spec) if page.page == layout.page), None)
        if own is not None and own.digest == layout.digest:
            printed = blank.pdf(spec, _now())
            return blank.raster(printed, layout.page - 1, BLANK_DPI)
    readable: list[Page] = []
    for page in pages:
        if len(readable) == MOST_PAGES:
            break
        try:
            readable.append(load(page))
        except (Rejected, OSError):
            continue
    return estimated_blank(layout, readable) if readable else None


@command.command("describe")
@click.argument("image", type=FILE)
@click.option("--blocks", type=FILE, required=True, help="涂点块 JSON · the blocks of bubbles")
@click.option("--out", type=FILE, required=True, help="版式文件 · the layout")
@click.option("--name", help="版式名称，默认为图像文件名 · its name")
@json_option
def describe(image: Path, blocks: Path, out: Path, name: str | None, as_json: bool) -> None:
    """在扫描的空白表上描述别家的答题卡 · Describe a foreign form over its scan."""
    from kaowu.engines.omr.describe import blocks_of, described
    from kaowu.engines.omr.files import load, sources
    from kaowu.engines.omr.page import Rejected

    try:
        layout = described(
            name or image.stem, load(next(sources(image))).grey, blocks_of(blocks.read_bytes())
        )
    except Refused as refused:
        _refuse(refused.code, refused.sentence, as_json)
    except Rejected as rejected:
        _refuse(
            rejected.code,
            Sentence(f"图像读不了（{rejected.code}）。", f"The image cannot be read ({rejected.code})."),
            as_json,
        )
    out.write_bytes(layout.to_bytes())
    emit(
        {
            "name": layout.id,
            "fields": len(layout.fields),
            "options": len(layout.options),
            "digest": layout.digest,
        },
        as_json,
        lambda value: f"{value['fields']} 题，{value['options']} 个涂点 → {out}",
    )


@command.command("accuracy")
@click.option("--sheet", "name", default="a4-100", show_default=True, help="版式 · the sheet")
@click.option("--sheets", type=int, default=300, show_default=True, help="每种条件几页 · pages a condition")
@click.option("--held-out", type=int, default=0, show_default=True, help="每种意外情形几页 · pages a mishap")
@click.option("--first-seed", type=int, default=1, show_default=True)
@click.option("--dpi", type=int, default=200, show_default=True)
@click.option(
    "--parts",
    type=FILE,
    help="分段结果文件夹：中断后接着做，别处做的放进来即合并 · results in parts: a stopped run goes on, others are merged",
)
@click.option("--out", type=FILE, help="报告 JSON · the report")
@json_option
def accuracy(
    name: str,
    sheets: int,
    held_out: int,
    first_seed: int,
    dpi: int,
    parts: Path | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """用生成的扫描件测量误读 · Measure errors on generated scans; every figure follows from the seeds."""
    from kaowu.engines.omr.trial.report import HELD_OUT, Subject, faultless, measure
    from kaowu.engines.omr.trial.scanner import CONDITIONS
    from kaowu.reports.sheets import blank
    from kaowu.reports.sheets.designs import DESIGNS

    spec = DESIGNS.get(name)
    if spec is None:
        _refuse("no_such_sheet", Sentence(f"没有版式“{name}”。", f"There is no sheet {name!r}."), as_json)
    layout = blank.layouts(spec)[0]
    other = next(one for one in DESIGNS.values() if blank.layouts(one)[0].fields != layout.fields)
    image, foreign = (blank.raster(blank.pdf(one, _now()), 0, dpi) for one in (spec, other))
    wanted = [(one, range(first_seed, first_seed + sheets)) for one in CONDITIONS]
    wanted += [(one, range(first_seed, first_seed + held_out)) for one in HELD_OUT]
    with tempfile.TemporaryDirectory(prefix="kaowu-accuracy-") as own:
        found = measure(Subject(layout, image, foreign, dpi), wanted, parts or Path(own), progress)
    if out is not None:
        out.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    emit(found, as_json, lambda value: json.dumps(value, ensure_ascii=False, indent=2))
    if not faultless(found):
        raise SystemExit(1)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)


def _refuse(code: str, sentence: Sentence, as_json: bool) -> NoReturn:
    fail(
        {"error": {"code": code, "zh": sentence.zh, "en": sentence.en}},
        as_json,
        f"{sentence.zh}\n{sentence.en}",
    )
