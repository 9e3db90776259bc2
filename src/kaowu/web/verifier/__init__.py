"""The page with which anybody verifies one fact, offline (核验网页): one file, handed out with the proof."""

import functools
import json
from importlib.resources import files

from django.utils import translation
from django.utils.functional import Promise

from kaowu.facts.catalogue import kinds
from kaowu.web.permissions import POSTS

FILE_NAME = "verify-fact.html"
_BEGIN, _END = "/*WORDS*/", "/*END*/"


@functools.cache
def page_with_words() -> bytes:
    """The page, with the Chinese and English names of kinds and fields; nothing is judged by them."""
    page = files(__package__).joinpath(FILE_NAME).read_text("utf-8")
    before, _, rest = page.partition(_BEGIN)
    after = rest.partition(_END)[2]
    words = json.dumps(_words(), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    # What stands in a script must not be able to end it.
    return f"{before}{_BEGIN}{words.replace('<', chr(92) + 'u003c')}{_END}{after}".encode()


def _words() -> dict[str, dict[str, list[str]]]:
    found = kinds().values()
    return {
        "kinds": {kind.name: [kind.label.zh, kind.label.en] for kind in found},
        "fields": {
            f"{kind.name}.{spec.name}": [spec.label.zh, spec.label.en]
            for kind in found
            for spec in kind.fields
        },
        "posts": {post: [_in("zh-hans", name), _in("en", name)] for post, name in POSTS.items()},
    }


def _in(language: str, name: Promise) -> str:
    with translation.override(language):
        return str(name)
