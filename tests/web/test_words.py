"""Two languages for every string."""

import re
from pathlib import Path

import pytest
from django.utils.translation import override
from django.utils.translation.template import templatize

from kaowu.web import translations
from kaowu.web.templatetags.components import listed, sex_word

TEMPLATES = sorted((Path(translations.__file__).parent / "templates").rglob("*.html"))


def test_every_message_has_its_chinese():
    known = translations.translations()
    missing = [
        f"{place}: {message.text}"
        for message, place in translations.used_messages().items()
        if not known.get(message)
    ]
    assert not missing, "add them to web/locale/zh_Hans/parts/*.po: " + "; ".join(missing)


def test_no_part_translates_what_is_no_longer_said():
    used = translations.used_messages()
    unused = [message.text for message in translations.translations() if message not in used]
    assert not unused


def test_the_compiled_catalogue_is_fresh():
    merged = {message: chinese for message, chinese in translations.translations().items() if chinese}
    assert (translations.MADE / "django.mo").read_bytes() == translations.mo_bytes(merged), (
        "run kaowu manage words"
    )


def test_placeholders_survive_translation():
    for message, chinese in translations.translations().items():
        wanted = set(re.findall(r"%\((\w+)\)", message.text + message.plural))
        assert set(re.findall(r"%\((\w+)\)", chinese)) == wanted, message.text


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_speaks_one_language_only(template):
    """What stands outside of {% trans %} holds no words; the language switch names each language in itself."""
    text = template.read_text("utf-8")
    text_only = re.sub(r"\{% block \w*attributes %\}.*?\{% endblock %\}", "", text, flags=re.S)
    bare = re.sub(r"\{%\s*blocktrans.*?endblocktrans\s*%\}|\{[%{#].*?[%}#]\}", "", text_only, flags=re.S)
    bare = re.sub(r"<(script|style|svg|code|pre).*?</\1>|<!--.*?-->", " ", bare, flags=re.S)
    bare = re.sub(
        r'<(\w+)[^>]*class="[^"]*mono[^"]*"[^>]*>.*?</\1>', " ", bare, flags=re.S
    )  # code, spoken by nobody
    spoken = re.sub(r"<[^>]*>", " ", bare) + " ".join(
        re.findall(r'\b(?:title|placeholder|aria-label|alt)="([^"{]*)"', bare)
    )
    words = set(re.findall(r"[A-Za-z]{2,}|[\u4e00-\u9fff]+", re.sub(r"&\w+;", " ", spoken)))
    allowed = {"English", "中文", "Enter", "Space", "API", "JSON", "QR", "Python", "Django", "OpenAPI"}
    assert not words - allowed, f"{template.name}: {sorted(words - allowed)}"
    assert templatize(text)


def test_every_column_and_every_row_of_links_has_a_name_to_be_read_aloud():
    text = {template.name: template.read_text("utf-8") for template in TEMPLATES}
    assert not [name for name, said in text.items() if re.search(r"<th[^>]*>\s*</th>", said)]
    rows = {
        name: re.findall(r'<nav[^>]*>|<\w+[^>]*role="navigation"[^>]*>', said) for name, said in text.items()
    }
    assert not [name for name, found in rows.items() if any("aria-label" not in one for one in found)]


@pytest.mark.parametrize(
    ("language", "said", "sex"), [("zh-hans", "语文、数学", "女"), ("en", "语文, 数学", "Female")]
)
def test_lists_and_what_rosters_write_follow_the_language_of_the_page(language, said, sex):
    with override(language):
        assert (listed(["语文", "数学"]), sex_word("女"), sex_word("")) == (said, sex, "")
