"""QR codes on a page (二维码), drawn as one path each; a long text is shared out over several."""

from dataclasses import dataclass

import numpy
import zxingcpp
from django.utils.safestring import SafeString, mark_safe

CHARACTERS = 900
"""Of one code; more would be too fine for a telephone at the width of a third of a page."""


@dataclass(frozen=True, slots=True)
class Part:
    """One code of several: which, of how many, and its drawing."""

    number: int
    of: int
    drawn: SafeString


def in_parts(text: str) -> list[Part]:
    """The text as QR codes; read one after another and put together they are the text again."""
    pieces = [text[at : at + CHARACTERS] for at in range(0, len(text), CHARACTERS)]
    return [Part(number, len(pieces), drawn(piece)) for number, piece in enumerate(pieces, 1)]


def drawn(text: str) -> SafeString:
    """One code as SVG, with its quiet zone."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="L")
    dark = numpy.asarray(barcode.to_image(scale=1, add_quiet_zones=False)) == 0
    side = dark.shape[0] + 8
    squares = "".join(f"M{column + 4} {row + 4}h1v1h-1z" for row, column in numpy.argwhere(dark))
    return mark_safe(  # nothing but numbers comes from outside
        f'<svg viewBox="0 0 {side} {side}" class="qr" aria-hidden="true" shape-rendering="crispEdges">'
        f'<path d="M0 0h{side}v{side}H0z" fill="#fff"/><path d="{squares}" fill="#000"/></svg>'
    )
