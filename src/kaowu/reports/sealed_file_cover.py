"""封存件封面 · sealed file cover: what lies in the envelope for discipline inspection, and who closed it.

The cover goes on the envelope with the medium or the printed file. It names
every content by its digest, and the signatures run over the flap.
"""

import datetime
from dataclasses import dataclass

from kaowu.basics.clock import EXAM_ZONE
from kaowu.reports.contents import ExamHead
from kaowu.reports.document import Document, Page, Phase, Scope
from kaowu.reports.lettering import fitted, written
from kaowu.reports.samples import EXAM
from kaowu.reports.typesetting import Code
from kaowu.reports.wording import clock, day, thousands

MOST_CONTENTS = 8


@dataclass(frozen=True, slots=True)
class SealedContent:
    """One thing in the envelope: what it is, its digest in hexadecimal, its size."""

    name: str
    digest: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A sealed file of one attempt at a draw; `digest` is that of the whole file."""

    exam: ExamHead
    title: str
    key: str
    attempt: int
    digest: str
    sealed_at: datetime.datetime
    contents: tuple[SealedContent, ...]
    kept_by: str = ""
    opened_when: str = "全部科目考完、公布种子之后，或经批准核查时"


LAYOUT = r"""
#import "paper.typ": *

#let flap(label) = grid(columns: (1fr,) * 3, column-gutter: 8mm, ..label.map(l => stack(spacing: 1.5mm,
  block(width: 100%, height: 16mm, stroke: thin), align(center, text(size: cell, l)))))

#let page-of(d) = frame(d, x: 18mm, top: 16mm, left: [未经批准不得拆封；拆封须两人在场并登记], {
  grid(columns: (1fr, auto), align: top,
    stack(spacing: 4mm, text(size: 14pt, say(d.exam)), text(size: 28pt, weight: "bold", tracking: 0.1em, "封存件"),
      fitted(d.title), text(size: body)[第 #strong(str(d.attempt)) 次抽签#h(1.5em)封存 #strong(d.sealed)]),
    qr(d.code, 26mm))
  v(6mm)
  block(width: 100%, stroke: (top: heavy, bottom: thin), inset: (y: 3.5mm), stack(spacing: 2.4mm, text(size: cell, fill: luma(40), "封存文件摘要（SHA-256）"),
    ..d.digest.map(l => text(size: 13pt, weight: "bold", l))))
  v(5mm)
  table(columns: (10mm, 44mm, 1fr, 24mm), rows: (7mm,) + (12mm,) * d.contents.len(), align: (center + horizon, start + horizon, start + horizon, end + horizon), inset: (x: 1.6mm, y: 0mm), fill: (_, y) => if y == 0 { shade },
    ..("序", "内容", "摘要（SHA-256）", "字节").map(t => text(size: cell, t)),
    ..d.contents.enumerate().map(((i, c)) => (str(i + 1), fitted(c.name), stack(spacing: 1mm, ..c.lines.map(l => text(size: 8pt, l))), text(size: cell, c.size))).flatten())
  v(4mm)
  text(size: body)[启封条件：#say(d.opened)]
  linebreak()
  text(size: body)[保管：#say(d.kept)]
  v(1fr)
  text(size: cell, fill: luma(40), "骑缝签名（一半在封口，一半在封套）")
  v(1.5mm)
  flap(("组织单位", "见证人", "纪检监察"))
  v(1.5mm)
  line(length: 100%, stroke: (thickness: 0.35mm, dash: "dashed"))
  align(center, text(size: caption)[封　口])
  v(1.5mm)
  flap(("组织单位（章）", "见证人", "纪检监察（章）"))
  v(5mm)
  signatures("交付人", "接收人", ("时间", 34mm))
  v(4mm)
  signatures("启封人（一）", "启封人（二）", ("启封时间", 34mm))
  v(1mm)
})
"""


def pages(sealed: SealedFile) -> list[Page]:
    """One page; further contents than fit stand in the file itself."""
    return [
        {
            "exam": written(sealed.exam.name),
            "title": fitted(sealed.title, 130, 16, lines=2),
            "attempt": sealed.attempt,
            "sealed": _moment(sealed.sealed_at),
            "digest": _halves(sealed.digest),
            "contents": [_content(one) for one in sealed.contents[:MOST_CONTENTS]],
            "opened": written(sealed.opened_when),
            "kept": written(sealed.kept_by or "＿＿＿＿＿＿＿＿"),
            "code": Code(
                f"KW:sealed:{sealed.exam.exam_id}:{sealed.key}:{sealed.attempt}:{sealed.digest[:16]}"
            ),
        }
    ]


def _content(one: SealedContent) -> Page:
    return {
        "name": fitted(one.name, 40, 10.5, height_mm=10, lines=2),
        "lines": _halves(one.digest),
        "size": thousands(one.size) if one.size else "—",
    }


def _halves(digest: str) -> list[str]:
    """A digest on two lines, in groups of eight."""
    groups = [digest[at : at + 8] for at in range(0, len(digest), 8)]
    return [" ".join(groups[:4]), " ".join(groups[4:])] if len(groups) > 4 else [" ".join(groups)]


def _moment(at: datetime.datetime) -> str:
    local = at.astimezone(EXAM_ZONE)
    return f"{day(local)} {clock(local)}"


def sample_sealed_file() -> SealedFile:
    """The sealed file of a second attempt."""
    return SealedFile(
        exam=EXAM,
        title="监考抽签　考点派遣",
        key="sent",
        attempt=2,
        digest="b6d208f5" * 8,
        sealed_at=datetime.datetime(2027, 6, 6, 15, 2, tzinfo=EXAM_ZONE),
        contents=(
            SealedContent("抽签题目", "9f3b6a12" * 8, 1_204_331),
            SealedContent("盐值", "3a7c19d0" * 8, 32),
            SealedContent("各手随机数", "c05e881b" * 8, 412),
            SealedContent("种子", "71e0c4da" * 8, 32),
            SealedContent("抽签结果", "e19d0f77" * 8, 88_102),
            SealedContent("抽签记录", "04a1b2c3" * 8, 47_969),
        ),
        kept_by="派驻纪检监察组",
    )


document = Document(
    id="sealed-file-cover",
    zh="封存件封面",
    en="Sealed file cover",
    phase=Phase.PREPARE,
    scope=Scope.EXAM,
    pages=pages,
    layout=LAYOUT,
    sample=sample_sealed_file,
)
