"""Papers around a draw beside its minutes: the shortage list before it, the cover of its sealed file after it."""

import hashlib
import io
import zipfile
from collections import Counter

from kaowu.basics.clock import exam_time
from kaowu.facts.subjects import SENT, DrawKey
from kaowu.loop.prepare.draw_inputs import REASONS
from kaowu.loop.prepare.post_brief import post_title
from kaowu.loop.profile_of_exam import profile_of
from kaowu.reports.registry import document
from kaowu.reports.sealed_file_cover import SealedContent, SealedFile
from kaowu.reports.shortage_list import PostNeed, Shortage, ShortageList
from kaowu.store import artefacts
from kaowu.store.queries import exams, places
from kaowu.web.works import staffing_views
from kaowu.web.works.draw_kinds import title_of
from kaowu.web.works.lots_views import AttemptLine
from kaowu.web.works.paper_heads import exam_head, printed_at
from kaowu.web.works.staffing_views import Staffing

_CONTENTS = {
    "problem.json": "抽签题目",
    "plan.json": "抽签结果",
    "ceremony.json": "盐值、随机数和种子",
    "record.json": "流水记录",
    "minutes.pdf": "抽签记录",
}


def cover(exam: str, key: DrawKey, line: AttemptLine) -> bytes | None:
    """The cover of an attempt's sealed file, with the digest of everything in it; None if it is not sealed."""
    shown, profile = exams.exam(exam), profile_of(exams.plan(exam))
    sealed, step = line.attempt.sealed, line.sealed
    if sealed is None or step is None or shown is None or profile is None:
        return None
    told = SealedFile(
        exam=exam_head(shown, profile),
        title=title_of(exam, key).zh,
        key=str(key),
        attempt=line.attempt.number,
        digest=sealed.sealed_file.hex(),
        sealed_at=exam_time(step.at),
        contents=_contents(artefacts.read(sealed.sealed_file)),
    )
    return document("sealed-file-cover").render(told, printed_at(exam), sealed.sealed_file.hex())


def shortage_list(exam: str) -> bytes | None:
    """What a draw needs and what is missing, on paper; None while nothing can be known."""
    shown, profile = exams.exam(exam), profile_of(exams.plan(exam))
    found = staffing_views.staffing(exam, SENT)
    if shown is None or profile is None or found.refused is not None or found.rules is None:
        return None
    told = ShortageList(
        exam=exam_head(shown, profile),
        title=title_of(exam, SENT).zh,
        needs=tuple(_needs(found)),
        shortages=tuple(_shortages(exam, found)),
        remedies=tuple(one.sentence.zh for one in staffing_views.offers(found, profile)),
        people=found.people,
        barred=tuple((REASONS[code].zh, count) for code, whole, count in found.reasons() if whole),
    )
    return document("shortage-list").render(told, printed_at(exam), found.rules.digest)


def _contents(packed: bytes) -> tuple[SealedContent, ...]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    return tuple(
        SealedContent(_CONTENTS.get(name, name), hashlib.sha256(content).hexdigest(), len(content))
        for name, content in members
    )


def _needs(found: Staffing) -> list[PostNeed]:
    """Of each post the sitting that needs most of it, over all sites."""
    by_sitting: Counter[tuple[str, str]] = Counter()
    for need in found.needs:
        for post, count in need.posts.items():
            by_sitting[need.sitting, post] += count
    most = {
        post: max(count for (_, asked), count in by_sitting.items() if asked == post)
        for post in found.posts()
    }
    able = found.able or {}
    return [PostNeed(post_title(post).zh, count, able.get(post, 0)) for post, count in most.items()]


def _shortages(exam: str, found: Staffing) -> list[Shortage]:
    names = places.site_names({one.site for one in found.conflicts})
    subjects = {one.id: "、".join(one.subjects) for one in exams.sittings(exam)}
    return [
        Shortage(
            place=" ".join(filter(None, (one.site, names.get(one.site, "")))) or "全部考点",
            sitting=subjects.get(one.sitting, one.sitting),
            posts="、".join(post_title(post).zh for post in one.posts),
            needed=one.needed,
            available=one.available,
            missing=max(one.missing, one.needed - one.available),
            sentence=sentence.zh,
        )
        for one, sentence in staffing_views.conflict_sentences(found)
    ]
