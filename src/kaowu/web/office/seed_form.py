"""A seed as drawn in public, entered twice, and the two who saw it."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kaowu.web.two_persons import DualSignForm


class SeedForm(DualSignForm):
    """The seed as drawn, entered twice, and the two who saw it."""

    seed = forms.CharField(
        label=_("Seed"),
        max_length=400,
        help_text=_(
            "At least 40 decimal digits from lots or dice, or 32 hexadecimal digits. Spaces do not count."
        ),
        widget=forms.Textarea(attrs={"autocomplete": "off", "rows": 2, "spellcheck": "false"}),
    )
    seed_again = forms.CharField(
        label=_("Seed, read out and entered again"),
        max_length=400,
        widget=forms.Textarea(attrs={"autocomplete": "off", "rows": 2, "spellcheck": "false"}),
    )
    reason = forms.CharField(label=_("Why the last attempt does not stand"), max_length=500, required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, again = ("".join(given.get(name, "").split()).lower() for name in ("seed", "seed_again"))
        if first and again and first != again:
            self.add_error("seed_again", _t("The two entries differ. Read the digits again."))
        return given
