"""The demonstration: one button plays an exam day through the public doors while the cockpit is watched.

The day is played by the program's own `demo` command in a process beside the
worker, against this running server, as devices at the sites would do it.
"""

import json

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from kaowu.basics.clock import Instant, exam_time
from kaowu.basics.errors import Sentence
from kaowu.store.queries import exams
from kaowu.web.access import permitted
from kaowu.web.beside import run_beside
from kaowu.web.jobs import Outcome, Progress, long_job, start
from kaowu.web.office.menu import MenuEntry

MENU = MenuEntry("node", _("Demonstration"), view="demonstration", permission="demo.play", order=10)

SPEEDS = (
    (60, _("60 times as fast: a sitting in about four minutes")),
    (20, _("20 times as fast: a sitting in about ten minutes")),
    (1, _("As fast as it really is")),
)


class DemonstrationForm(forms.Form):
    """Which exam, how fast, by which seed."""

    exam = forms.ChoiceField(label=_("Exam"))
    speed = forms.TypedChoiceField(label=_("Speed"), choices=SPEEDS, coerce=int, initial=60)
    seed = forms.IntegerField(label=_("Seed"), min_value=0, max_value=2**31, initial=1)
    seed.help_text = _("The same seed plays the same day.")

    def __init__(self, *arguments: object, lines: list[exams.ExamLine], **more: object) -> None:
        super().__init__(*arguments, **more)  # type: ignore[arg-type]
        self.fields["exam"].choices = [(line.code, line.name) for line in lines]  # type: ignore[attr-defined]


@permitted("demo.play")
def demonstration(request: HttpRequest) -> HttpResponse:
    """Offer the button, or start the day."""
    scope = request.scope.over("organisation__path")  # type: ignore[attr-defined]
    ready = [line for line in exams.exams(scope) if line.seated and not line.archived]
    form = DemonstrationForm(request.POST or None, lines=ready)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        title = Sentence(
            f"演示考试日（{said['speed']} 倍速）", f"Demonstration day ({said['speed']} times as fast)"
        )
        start(request, "demo.play", title, exam=said["exam"], speed=said["speed"], seed=said["seed"])
        # The wall is what there is to see; the job stands in the list of long jobs and can be cancelled there.
        return redirect("cockpit", exam=said["exam"])
    return render(request, "kaowu/office/demonstration.html", {"form": form, "ready": ready})


@long_job("demo.play")
def play(progress: Progress, exam: str, speed: int, seed: int) -> Outcome:
    """Run the command and pass on what it says; cancelling ends it between two requests."""
    progress.step(1, 1, Sentence("演示中", "Playing"))
    options = ("--lines", "--exam", exam, "--speed", str(speed), "--seed", str(seed))
    server = ("--server", f"http://127.0.0.1:{settings.PORT}")
    played = run_beside(("demo", *options, *server), lambda line: _pass_on(progress, line))
    number, found = played["requests"], sum(played["findings"].values())
    return Outcome(
        Sentence(
            f"演完 {'、'.join(played['sittings'])} 场：{number:,} 条记录，{found:,} 条规则发现。",
            f"Played sittings {', '.join(played['sittings'])}: {number:,} facts, {found:,} findings.",
        )
    )


def _pass_on(progress: Progress, line: str) -> None:
    try:
        said = json.loads(line)
    except ValueError:
        return
    at = exam_time(Instant(said["at"]))
    progress.step(1, 1, Sentence(f"考试时间 {at:%H:%M}", f"exam time {at:%H:%M}"), total=said["of"])
    progress.done(said["done"], said["of"])


urlpatterns = [path("node/demonstration/", demonstration, name="demonstration")]
