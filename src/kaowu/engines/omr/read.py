"""Reading a page: page → registered → scored → decided, and rejected rather than guessed.

    reader = Reader(layout, blank)
    reading = reader.read(decode(content))

Every stage has its type; what a stage cannot do ends the reading with a code.
"""

from collections.abc import Mapping as Table
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property

import cv2
import numpy

from kaowu.engines.omr import codes as page_codes
from kaowu.engines.omr import corners, features, track, verify
from kaowu.engines.omr.decide import DEFAULT, Answer, Band, Policy, decide
from kaowu.engines.omr.geometry import Mapping, plausible
from kaowu.engines.omr.layout import Layout
from kaowu.engines.omr.page import Grey, Page, Rejected, decode
from kaowu.engines.omr.score import Expected, Scores, observe

QR_MARK = "KW1"
LEAST_TRACK = 0.6
LEAST_TRACK_EACH = 0.4
GUESSES_TRIED = 4
SURE_TRACK = 0.9
DOTS_HIDE = ("corners", "track", "self_check")  # what a page of dots seems to lack
DOT_MM = 0.2


@dataclass(frozen=True)
class Registered:
    """A page whose every place is known."""

    page: Page
    mapping: Mapping
    marks: int  # corner marks found; 0 if the page was found by what is printed on it
    track_share: float


@dataclass(frozen=True)
class Reading:
    """What a page says; with an `error` it says nothing and a person takes it."""

    digest: str
    answers: tuple[Answer, ...] = ()
    codes: Table[str, str] = field(default_factory=dict)
    flag: bool = False
    error: str | None = None
    registered: Registered | None = None
    scores: Scores | None = None


class Reader:
    """Reads pages of one layout. Made once, used for many pages and by one thread at a time."""

    def __init__(self, layout: Layout, blank: Grey | None = None, policy: Policy = DEFAULT) -> None:
        """`blank` is an image of the unmarked form that fills its page at any resolution."""
        self.layout = layout
        self.policy = policy
        self._form = features.Form(layout, blank) if blank is not None else None

    @cached_property
    def expected(self) -> Expected | None:
        """What the blank shows at each option; None without a blank."""
        if self._form is None:
            return None
        mapping = Mapping(self._form.matrix)
        return Expected.of_blank(self.layout, self._form.blank, mapping)

    def read_bytes(self, content: bytes) -> Reading:
        """Read an image file; never raises for what is in it."""
        try:
            page = decode(content)
        except Rejected as rejected:
            return Reading("", flag=True, error=rejected.code)
        return self.read(page)

    def read(self, page: Page) -> Reading:
        """Read a page; never raises for what is on it."""
        try:
            return self._read(page)
        except Rejected as rejected:
            if page.bilevel and rejected.code in DOTS_HIDE:
                smooth = replace(page, grey=self._smoothed(page.grey))
                with suppress(Rejected):
                    return self._read(smooth)
            return Reading(page.digest, flag=True, error=rejected.code)

    def _smoothed(self, grey: Grey) -> Grey:
        """A page whose greys were made of black dots, with greys again."""
        mm = max(grey.shape) / max(self.layout.width, self.layout.height)
        return cv2.GaussianBlur(grey, (0, 0), DOT_MM * mm).astype(numpy.uint8, copy=False)

    def _read(self, page: Page) -> Reading:
        registered = self._registered(page)
        found = page_codes.read_codes(page.grey, registered.mapping, self.layout)
        self._require_this_layout(found)
        expected = self.expected or Expected.of_page(self.layout, page.grey, registered.mapping)
        scores = observe(page.grey, registered.mapping, expected)
        self._require_print(registered, scores)
        answers = self._looked_at_twice(
            page, registered, scores, decide(self.layout, scores, self.policy, page.bilevel)
        )
        return Reading(page.digest, tuple(answers), found, False, None, registered, scores)

    # ---- where everything is ----

    def _registered(self, page: Page) -> Registered:
        by_marks = self._by_corners(page)
        if by_marks is not None:
            return by_marks
        if self._form is None:
            if self.layout.fiducials:
                raise Rejected("corners")
            return self._filling(page)
        matrix = features.find(page.grey, self._form)
        if matrix is None:
            raise Rejected("corners" if self.layout.fiducials else "not_this_form")
        if not self.layout.timing:
            return Registered(page, features.refine(page.grey, self._form, matrix), 0, 1.0)
        matrix = features.refine(page.grey, self._form, matrix).matrix
        tracks = track.follow(page.grey, self.layout, matrix)
        # Without corners the track alone must show that the whole sheet is there.
        if tracks.share < SURE_TRACK or tracks.least_share < LEAST_TRACK:
            raise Rejected("track", f"{tracks.share:.2f}")
        return Registered(page, Mapping(matrix, tracks.bend), 0, tracks.share)

    def _by_corners(self, page: Page) -> Registered | None:
        """By corner marks: of the likely guesses the one whose tracks are there."""
        best: tuple[float, track.Tracks, corners.Guess] | None = None
        for guess in corners.guesses(page, self.layout)[:GUESSES_TRIED]:
            if best is not None and 1.0 - 0.1 * guess.cost <= best[0]:
                continue  # not even a whole track would make it the better one
            tracks = track.follow(page.grey, self.layout, guess.matrix)
            worth = tracks.share - 0.1 * guess.cost
            if best is None or worth > best[0]:
                best = (worth, tracks, guess)
        if best is None:
            return None
        _, tracks, guess = best
        if guess.mirrored:
            raise Rejected("mirrored")
        if self.layout.timing and (tracks.share < LEAST_TRACK or tracks.least_share < LEAST_TRACK_EACH):
            if self._form is None:
                raise Rejected("track", f"{tracks.share:.2f}")
            return None
        return Registered(page, Mapping(guess.matrix, tracks.bend), guess.marks, tracks.share)

    def _filling(self, page: Page) -> Registered:
        """A form without marks and without a blank: the page is taken to fill its image."""
        for matrix in corners.turns(page.grey, self.layout):
            if plausible(matrix, self.layout.width, self.layout.height):
                return Registered(page, Mapping(matrix), 0, 1.0)
        raise Rejected("not_this_form")

    # ---- whether it is what it should be ----

    def _require_this_layout(self, found: Table[str, str]) -> None:
        """The QR code of the house names layout and page; any other text is somebody else's matter."""
        for text in found.values():
            parts = text.split("|")
            if parts[0] != QR_MARK or len(parts) < 9:
                continue
            if parts[5] != str(self.layout.page):
                raise Rejected("wrong_page", parts[5])
            if parts[7] and not self.layout.digest.startswith(parts[7]):
                raise Rejected("wrong_layout", parts[7])

    def _require_print(self, registered: Registered, scores: Scores) -> None:
        """The self-check: the page shows the blank's print where it should be.

        Where the scan shows no pale print at all (1-bit, dropped-out red) there is nothing to compare; then
        the paper must be plain where print was, and every corner and nearly the whole track be there.
        """
        if not self.layout.fields:
            return
        faint = scores.print_gain < self.policy.least_gain
        plain = scores.texture < self.policy.most_texture
        whole = self.layout.timing and registered.marks == 4 and registered.track_share >= SURE_TRACK
        if faint and not plain:  # something is printed here, but not this: a row too high, or bent away
            raise Rejected("self_check", f"{scores.print_gain:.2f}")
        if scores.likeness < self.policy.least_likeness and not (faint and whole):
            raise Rejected("self_check", f"{scores.likeness:.2f}")

    def _looked_at_twice(
        self, page: Page, registered: Registered, scores: Scores, answers: list[Answer]
    ) -> list[Answer]:
        """Answers, with a flag where the second way contradicts."""
        if not self.layout.fields:
            return answers
        bands = numpy.concatenate([numpy.array(answer.bands, numpy.int8) for answer in answers])
        levels = verify.levels(page, registered.mapping, self.layout)
        odd = verify.disagrees(bands == Band.ON, bands == Band.OFF, levels)
        if not odd.any():
            return answers
        start, found = 0, []
        for answer in answers:
            end = start + len(answer.bands)
            found.append(replace(answer, flag=answer.flag or bool(odd[start:end].any())))
            start = end
        return found
