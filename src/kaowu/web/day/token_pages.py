"""One's own tokens for programs: issue one, end one."""

from django import forms
from django.contrib.auth import authenticate
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from kaowu.store.models import AccessLog, ProgramToken
from kaowu.web import program_tokens
from kaowu.web.access import log, signed_in
from kaowu.web.two_persons import failure_sentence


class IssueForm(forms.Form):
    """A token is a key, so its owner proves once more who they are."""

    name = forms.CharField(label=_("What the token is for"), max_length=60)
    days = forms.IntegerField(
        label=_("Valid for how many days"), min_value=1, max_value=program_tokens.LONGEST_DAYS, initial=30
    )
    own_password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


@signed_in("only the account's own tokens")
@never_cache
@sensitive_post_parameters("own_password")
def tokens(request: HttpRequest) -> HttpResponse:
    form = IssueForm(request.POST or None)
    fresh = _issue(request, form) if request.method == "POST" and form.is_valid() else ""
    context = {
        "form": IssueForm() if fresh else form,
        "fresh": fresh,
        "tokens": ProgramToken.objects.filter(account=request.user)[:100],
    }
    return render(request, "kaowu/day/tokens.html", context, status=422 if form.errors else 200)


@signed_in("only the account's own token")
@require_POST
def token_end(request: HttpRequest, token: int) -> HttpResponse:
    own = ProgramToken.objects.filter(pk=token, account=request.user).first()
    if own is None:
        raise Http404
    program_tokens.end(own)
    log(request, AccessLog.Outcome.CHANGED, "", f"token {own.name}", reason="ended")
    return redirect("tokens")


def _issue(request: HttpRequest, form: IssueForm) -> str:
    given = form.cleaned_data
    own = authenticate(request, username=request.user.number, password=given["own_password"])
    if own is None:
        log(request, AccessLog.Outcome.SIGN_IN_FAILED, "", request.path, reason="own_password")
        form.add_error("own_password", failure_sentence(request))
        return ""
    token, text = program_tokens.issue(request.user, given["name"], days=given["days"])  # type: ignore[arg-type]
    log(request, AccessLog.Outcome.CHANGED, "", f"token {token.name}", reason="issued")
    return text


urlpatterns = [
    path("account/tokens/", tokens, name="tokens"),
    path("account/tokens/<int:token>/end/", token_end, name="token_end"),
]
