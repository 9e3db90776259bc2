"""Stand-ins: tiny pictures set in place of photographs and exchanged in the finished file.

The setter would decode every photograph in full, which costs more than the
rest of a page, and a PDF takes a JPEG as it is. So a picture of 3 x 4 points
is set instead, which carries a number, and the photograph's own bytes take its
place afterwards. Only plain JPEG files of that shape go this way; anything
else is left to the setter.
"""

import struct
from dataclasses import dataclass, field

import pikepdf
from pikepdf import Name

from kaowu.reports.photographs import Picture

WIDTH, HEIGHT = 3, 4
_MARK = b"kaowu stand-in, to be exchanged."  # as in paper.typ; with the number, 3 x 4 points of 3 bytes
_SPACES = {"L": Name.DeviceGray, "RGB": Name.DeviceRGB}


@dataclass(slots=True)
class StandIns:
    """The photographs of one file, by the number their stand-in carries."""

    photographs: list[Picture] = field(default_factory=list)
    numbers: dict[Picture, int] = field(default_factory=dict)

    def take(self, picture: Picture) -> bytes | None:
        """The number the stand-in carries; None if the picture must be set itself."""
        number = self.numbers.get(picture)
        if number is None:
            if not _goes_as_it_is(picture):
                return None
            number = self.numbers[picture] = len(self.photographs)
            self.photographs.append(picture)
        return struct.pack(">I", number)

    def exchange(self, pdf: pikepdf.Pdf) -> None:
        """Put the photographs in the places of their stand-ins."""
        for thing in pdf.objects:
            if isinstance(thing, pikepdf.Stream) and thing.get(Name.Subtype) == Name.Image:
                self._exchange(thing)

    def _exchange(self, image: pikepdf.Stream) -> None:
        if image.get(Name.Width) != WIDTH or image.get(Name.Height) != HEIGHT:
            return
        points = image.read_bytes()
        if points[4:] != _MARK:
            return
        photograph = self.photographs[struct.unpack(">I", points[:4])[0]]
        image.write(photograph.content, filter=Name.DCTDecode)
        image[Name.Width], image[Name.Height] = photograph.width, photograph.height
        image[Name.ColorSpace], image[Name.BitsPerComponent] = _SPACES[photograph.mode], 8


def _goes_as_it_is(picture: Picture) -> bool:
    """Whether it is a JPEG of 3:4, in colours a printer knows, that needs no turning."""
    shaped = picture.width * HEIGHT == picture.height * WIDTH
    return picture.kind == "JPEG" and picture.mode in _SPACES and shaped and picture.upright
