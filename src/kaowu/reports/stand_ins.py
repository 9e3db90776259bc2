"""Stand-ins: tiny pictures set in place of photographs and exchanged in the finished file.

The setter would decode every photograph in full, which costs more than the
rest of a page, and a PDF takes a JPEG as it is. So a picture of 3 x 4 points
is set instead, which carries a number, and the photograph's own bytes take its
place afterwards. Only plain JPEG files of that shape go this way; anything
else is left to the setter.
"""

import struct
from dataclasses import dataclass, field
from io import BytesIO

import pikepdf
from pikepdf import Name
from PIL import Image

from kaowu.reports.photographs import UNREADABLE, Picture

WIDTH, HEIGHT = 3, 4
_MARK = b"kaowu stand-in, to be exchanged."  # as in paper.typ; with the number, 3 x 4 points of 3 bytes
_ORIENTATION = 0x0112
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
            if _colour_space(picture.content) is None:
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
        content = self.photographs[struct.unpack(">I", points[:4])[0]].content
        with Image.open(BytesIO(content)) as photograph:
            width, height, mode = photograph.width, photograph.height, photograph.mode
        image.write(content, filter=Name.DCTDecode)
        image[Name.Width], image[Name.Height] = width, height
        image[Name.ColorSpace], image[Name.BitsPerComponent] = _SPACES[mode], 8


def _colour_space(content: bytes) -> Name | None:
    """The colour space of a JPEG of 3:4 that needs no turning; None for anything else."""
    try:
        with Image.open(BytesIO(content), formats=("JPEG",)) as photograph:
            shaped = photograph.width * HEIGHT == photograph.height * WIDTH
            upright = photograph.getexif().get(_ORIENTATION, 1) == 1
            return _SPACES.get(photograph.mode) if shaped and upright else None
    except UNREADABLE:
        return None
