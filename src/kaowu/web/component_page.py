"""Every component in every state, on one page: what later screens are made of."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaowu.basics.errors import Finding, Refused, Sentence, Severity
from kaowu.basics.seat_grid import SeatGrid
from kaowu.web.access import signed_in
from kaowu.web.seat_grid_plan import SeatGridPlan, Tile
from kaowu.web.two_persons import DualSignForm


class _ExampleForm(forms.Form):
    room = forms.CharField(label=gettext_lazy("Room number"))
    seal = forms.CharField(
        label=gettext_lazy("Seal number"),
        required=False,
        help_text=gettext_lazy("Seven digits, as printed on the seal."),
    )
    sheets = forms.IntegerField(label=gettext_lazy("Sheets collected"))

    def clean_sheets(self) -> int:
        raise forms.ValidationError(_("30 sheets are due; 1 is missing."))


@signed_in("shows made-up examples only")
def components(request: HttpRequest) -> HttpResponse:
    return render(request, "kaowu/components.html", _examples())


def _examples() -> dict[str, Any]:
    form = _ExampleForm({"room": "012", "seal": "7731902", "sheets": "29"})
    form.is_valid()
    return {
        "form": form,
        "sign": DualSignForm(),
        "finding": Finding(
            "custody.two_on_every_leg",
            Sentence(
                "已记录。领卷时只有 1 名监考员在场。",
                "Recorded. Only one invigilator was present at hand-out.",
            ),
            Severity.ATTENTION,
            "试卷安全保密规定",
            Sentence(
                "请第二人签认，或由主考书面说明。",
                "Let the second sign, or the site chief explain in writing.",
            ),
        ),
        "refused": Refused(
            "papers.spare_needs_approval",
            Sentence(
                "不能启封备用卷：还没有省级批准。",
                "Cannot open the spare paper: provincial approval is missing.",
            ),
            clause="试卷安全保密规定",
            remedy=Sentence(
                "报省级批准；断网时用纸质批件补录。",
                "Ask the province; without network enter the paper approval later.",
            ),
        ),
        "closes": [
            (_("File rows"), 13507),
            (_("Ready"), 13461, "="),
            (_("To confirm"), 15, "+", 1),
            (_("To correct"), 31, "+", 3),
        ],
        "open": [
            (_("Issued"), 30),
            (_("Used"), 27, "="),
            (_("Absent"), 1, "+"),
            (_("Spare"), 1, "+"),
            (_("Void"), 0, "+"),
        ],
        "steps": [_("Choose file"), _("Match columns"), _("Check problems"), _("Write")],
        "jobs": [_job("running", 62), _job("cancelled", 31), _job("done", 100)],
        "chain": [
            {
                "at": "07:20",
                "act": Sentence("出库", "Released from vault"),
                "parties": "陆守中 → 秦望舒",
                "seal": "7731902",
                "count": "35",
            },
            {
                "at": "08:10",
                "act": Sentence("领卷", "Hand-out"),
                "parties": "秦望舒 → 江晚照、沈青禾",
                "seal": "7731902",
                "count": "1",
            },
            {"gap": _("No record between hand-out and unsealing")},
            {
                "at": "08:55",
                "act": Sentence("启封", "Unsealed"),
                "parties": "江晚照、沈青禾",
                "seal": "7731902",
                "count": "1",
            },
        ],
        "plan": SeatGridPlan.of(
            SeatGrid.from_layout("7-8-8-7"),
            "012",
            {
                14: Tile("14", "崔○○", "A", 2),
                15: Tile("15", "范○○", "A", 2),
                3: Tile("03", "夏○○", "B"),
                30: Tile("30", "", "", 1),
            },
        ),
    }


def _job(state: str, percent: int) -> dict[str, Any]:
    words = {"running": "", "cancelled": _("Cancelled"), "done": _("Done")}
    captions = {
        "running": _(
            "Step 4 of 6: seat chains. 398/643 rooms done, about 9 seconds left. You may leave this page."
        ),
        "cancelled": _("Nothing is left half done. Cancelled at 10:12 by Lin Ruoxi."),
        "done": _("18,846 candidates have a seat; the verifier agrees."),
    }
    return {
        "id": state, "title": Sentence("编排 18,846 名考生", "Arrange 18,846 candidates"), "state": state, "percent": percent,
        "state_words": words[state], "caption": captions[state], "result_url": "#" if state == "done" else "", "shown_only": True,
    }  # fmt: skip


urlpatterns = [path("components/", components, name="components")]
