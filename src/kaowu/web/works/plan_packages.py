"""Plan packages: made at the node that holds the plan, taken at the node that is to hold its part alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count

import kaowu
from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.suites import deployed
from kaowu.engines.sync.sealed_file import (
    PLAN_PACKAGE,
    FileRefused,
    Head,
    SealedFile,
    read_file,
    seal_file,
)
from kaowu.facts.envelope import Actor, Envelope
from kaowu.facts.nodes import PlanPackageMade, PlanPackageTaken
from kaowu.rules.registry import judge
from kaowu.store import arrivals, artefacts, neighbours, plan_package, witnessing
from kaowu.store.devices import key_known
from kaowu.store.models import Artefact, JournalEntry, SeatRow, Site
from kaowu.web.counter import clock, record
from kaowu.web.node_key import node_card, opening_key, signing_key
from kaowu.web.works import photos
from kaowu.web.works.file_words import file_refused
from kaowu.web.works.nodes import REGISTRY
from kaowu.web.works.witnessing import set_policy

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class MadePackage:
    """A package that was made and recorded."""

    digest: bytes
    content: bytes
    number: int
    candidates: int
    rooms: int
    photos: int


def make(
    exam: str, organisation: str, actor: Actor, progress: Callable[[], None] = lambda: None
) -> MadePackage:
    """Gather, seal to every node of the unit, sign, keep and record. Raises Refused.

    `progress` is called after every room, and may raise to end it: then nothing was made.
    """
    receivers = neighbours.nodes_of(organisation)
    if not receivers:
        raise Refused(
            "no_node_enrolled",
            Sentence(
                f"不能制作计划包：{organisation} 还没有登记节点，不知道封给哪把钥匙。",
                f"Cannot make a package: no node of {organisation} is enrolled, so there is no key to seal to.",
            ),
            remedy=Sentence(
                "先在该考点登记节点（kaowu node enroll）。",
                "Enrol the site's node first (kaowu node enroll).",
            ),
        )
    policy = [node_card().to_text(), *(card.to_text() for card in neighbours.cards_above())]
    witnesses = witnessing.policy()
    if witnesses is not None and not witnesses.logs:
        policy.append(witnesses.text)
    gathered = plan_package.gather(exam, organisation, policy, _counted(exam, progress))
    progress()
    number = clock.now()
    head = Head(PLAN_PACKAGE, settings.IDENTITY.origin, organisation, exam, number, kaowu.__version__)
    content = seal_file(
        head, gathered.content, [card.box_key for card in receivers], signing_key(), deployed()
    )
    name = f"{exam}_{organisation}.kwp"
    named = artefacts.keep(content, kind=plan_package.PACKAGE, at=clock.now(), exam=exam, name=name)
    fact = PlanPackageMade(
        package=named,
        of_exam=exam,
        organisation=organisation,
        number=number,
        candidates=gathered.candidates,
        photographs=gathered.photos,
    )
    record(fact, actor, exam=REGISTRY, subject=f"package/{organisation}")
    return MadePackage(named, content, number, gathered.candidates, gathered.rooms, gathered.photos)


def _counted(exam: str, progress: Callable[[], None]) -> plan_package.RoomPhotos:
    def rooms(site: str) -> Iterator[tuple[str, bytes]]:
        for one in photos.by_room(exam, site):
            progress()
            yield one

    return rooms


def make_for_all(exam: str, actor: Actor, progress: Progress | None = None) -> tuple[int, list[str]]:
    """A package for every site that is seated and has a node; returns how many, and the sites without a node."""
    sites = sites_of(exam)
    rooms = dict(
        SeatRow.objects.filter(exam_id=exam).values_list("site").annotate(Count("room", distinct=True))
    )
    total, done = sum(rooms.values()), 0
    made, without = 0, []
    for site in sites:
        if neighbours.nodes_of(site):
            at = _RoomByRoom(progress, done, done + rooms[site], total)
            make(exam, site, actor, at.next)
            made += 1
        else:
            without.append(site)
        done += rooms[site]
        if progress:
            progress(done, total)
    return made, without


@dataclass(slots=True)
class _RoomByRoom:
    """Says after every room how far all the packages are; a room too many is not counted twice."""

    progress: Progress | None
    at: int
    end: int
    total: int

    def next(self) -> None:
        self.at = min(self.at + 1, self.end)
        if self.progress:
            self.progress(self.at, self.total)


def sites_of(exam: str) -> list[str]:
    """The sites at which somebody is seated."""
    used = SeatRow.objects.filter(exam_id=exam).values("site")
    return list(Site.objects.filter(code__in=used).order_by("code").values_list("code", flat=True))


def latest(exam: str) -> dict[str, PlanPackageMade]:
    """The latest package of each unit for an exam."""
    rows = JournalEntry.objects.filter(exam=REGISTRY, kind=PlanPackageMade.kind.name).order_by("index")
    found = {}
    for entry in rows:
        fact = _fact(bytes(entry.entry))
        if fact.of_exam == exam:
            found[fact.organisation] = fact
    return found


def kept_for(organisation: str, exam: str = "") -> tuple[str, bytes] | None:
    """The latest package for a unit: its name and its bytes; None if none was made."""
    rows = JournalEntry.objects.filter(
        exam=REGISTRY, kind=PlanPackageMade.kind.name, subject=f"package/{organisation}"
    ).order_by("-index")
    for entry in rows:
        fact = _fact(bytes(entry.entry))
        if not exam or fact.of_exam == exam:
            row = Artefact.objects.get(digest=fact.package)
            return row.name, artefacts.read(fact.package)
    return None


def take(content: bytes, actor: Actor) -> PlanPackageTaken:
    """Judge a package and work under it from now on; the same again changes nothing. Raises Refused."""
    file = _judged(content)
    head = file.head
    present = plan_package.present(head.exam)
    fact = PlanPackageTaken(
        package=file.digest,
        maker=head.maker,
        organisation=head.receiver,
        number=head.number,
        candidates=0,
        rooms=0,
        photographs=0,
    )
    if present is not None and bytes(present.digest) == file.digest:
        return fact
    if present is not None and present.number >= head.number:
        raise Refused(
            "package_is_older",
            Sentence(
                f"未装入：本机已有更新的计划包（第 {present.number} 版），这一份是第 {head.number} 版。",
                f"Not taken: this node has a newer package (number {present.number}); this one is {head.number}.",
            ),
            remedy=Sentence("请向上级节点取最新一份。", "Get the latest one from the node above."),
        )
    opened = _opened(file)
    counts = plan_package.counts(opened)
    fact = PlanPackageTaken(
        package=file.digest, maker=head.maker, organisation=head.receiver, number=head.number, **counts
    )
    artefacts.keep(content, kind=plan_package.PACKAGE, at=clock.now(), exam=head.exam, name="")
    record(fact, actor, exam=head.exam, subject=head.exam, site=_site_or_none(head.receiver))
    _take_keys(opened)
    brought = witnessing.policy_in_package(opened)
    if brought:
        set_policy(brought, head.maker, actor, may_split=True)
    arrivals.read_again(head.exam, judge)
    return fact


def _take_keys(opened: bytes) -> None:
    """Keys of devices and persons that were enrolled or revoked above count in this node's log as well.

    They stand in it as facts under the same officers, so whoever judges this log needs nothing else.
    """
    for envelope in plan_package.keys_in(opened):
        fact = envelope.fact()
        if not key_known(fact):
            record(fact, *envelope.actors, exam=envelope.exam, subject=envelope.subject, site=envelope.site)


def _judged(content: bytes) -> SealedFile:
    try:
        file = read_file(content)
        if file.head.kind != PLAN_PACKAGE:
            raise FileRefused("not_such_a_file", file.head.kind)
        file.signed_by([card.log_key for card in neighbours.cards_above()], deployed())
    except FileRefused as refused:
        raise file_refused(refused) from refused
    head = file.head
    if head.receiver != settings.IDENTITY.organisation:
        raise Refused(
            "package_for_another_unit",
            Sentence(
                f"未装入：这是 {head.receiver} 的计划包，本机是 {settings.IDENTITY.organisation or '—'}。",
                f"Not taken: this package is for {head.receiver}, this node is {settings.IDENTITY.organisation or '—'}.",
            ),
        )
    if head.software != kaowu.__version__:
        raise Refused(
            "program_version_differs",
            Sentence(
                f"未装入：计划包由程序 {head.software} 版制作，本机是 {kaowu.__version__} 版。",
                f"Not taken: the package was made by version {head.software}, this is version {kaowu.__version__}.",
            ),
            remedy=Sentence(
                "请安装与上级节点相同版本的程序。", "Install the same version as the node above."
            ),
        )
    return file


def _opened(file: SealedFile) -> bytes:
    try:
        return file.open(opening_key())
    except FileRefused as refused:
        raise file_refused(refused) from refused


def _site_or_none(organisation: str) -> str | None:
    return organisation if settings.IDENTITY.role == "site" else None


def _fact(entry: bytes) -> PlanPackageMade:
    fact = Envelope.from_bytes(entry).fact()
    assert isinstance(fact, PlanPackageMade)
    return fact
