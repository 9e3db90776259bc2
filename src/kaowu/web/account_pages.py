"""An account's own pages: sign in, sign out, password, language, and the first page after signing in."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import forms as auth_forms
from django.contrib.auth import login, logout, update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from kaowu.store.models import AccessLog, Account
from kaowu.web import owed, second_factor
from kaowu.web.access import log, public, signed_in
from kaowu.web.counter import clock
from kaowu.web.qr_codes import drawn
from kaowu.web.two_persons import failure_sentence

_HALF_IN, _HALF_IN_MS = "half_in", 5 * 60_000


class SignInForm(auth_forms.AuthenticationForm):
    """Staff number and password; the lock-out says so in the form."""

    error_messages = {
        **auth_forms.AuthenticationForm.error_messages,
        "inactive": gettext_lazy("This account is closed."),
    }

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.fields["username"].label = gettext_lazy("Staff number")
        self.fields["password"].label = gettext_lazy("Password")

    def get_invalid_login_error(self) -> Any:
        error = super().get_invalid_login_error()
        error.message, error.params = failure_sentence(self.request), None
        return error


class NewPasswordForm(auth_forms.PasswordChangeForm):
    """Another password than the one before."""

    def clean_new_password1(self) -> str:
        new: str = self.cleaned_data["new_password1"]
        if self.user.check_password(new):
            raise ValidationError(_("Choose another password than the one before."))
        return new


@public("the way in")
@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(_way_back(request))
    form = SignInForm(request, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        account: Any = form.get_user()
        if second_factor.holds(account):
            request.session[_HALF_IN] = [account.pk, clock.now()]
            return redirect(f"{reverse('second_factor_asked')}?{urlencode({'next': _way_back(request)})}")
        return _let_in(request, account)
    status = 200
    if request.method == "POST":
        locked = getattr(request, "axes_locked_out", False)
        log(
            request,
            AccessLog.Outcome.SIGN_IN_FAILED,
            "",
            request.path,
            account=request.POST.get("username", "")[:32],
        )
        status = 429 if locked else 422
    return render(
        request,
        "kaowu/account/sign_in.html",
        {"form": form, "next": request.GET.get("next", "")},
        status=status,
    )


@public("the second half of the way in; the password was right a moment ago")
@never_cache
@sensitive_post_parameters("code")
def second_factor_asked(request: HttpRequest) -> HttpResponse:
    account = _half_in(request)
    if account is None:
        return redirect("login")
    why = ""
    if request.method == "POST":
        why = second_factor.judge(account, request.POST.get("code", "")[:40], clock.now())
        if not why:
            del request.session[_HALF_IN]
            return _let_in(request, account)
        log(request, AccessLog.Outcome.SIGN_IN_FAILED, "", request.path, account=account.number, reason=why)
    context = {"why": why, "next": request.POST.get("next") or request.GET.get("next", "")}
    return render(request, "kaowu/account/second_factor_asked.html", context, status=422 if why else 200)


@signed_in("one's own second factor")
@never_cache
@sensitive_post_parameters("code")
def second_factor_page(request: HttpRequest) -> HttpResponse:
    """Set it up: the square code for the app, then a code that the app shows; spare codes are shown once."""
    account: Any = request.user
    context: dict[str, Any] = {"holds": second_factor.holds(account)}
    if not context["holds"]:
        if request.method == "POST":
            spare = second_factor.confirm(account, request.POST.get("code", "")[:10].strip(), clock.now())
            if spare is not None:
                log(request, AccessLog.Outcome.CHANGED, "", "second factor")
                owed.note(request)
                return render(request, "kaowu/account/spare_codes.html", {"codes": spare})
            context["wrong"] = True
        factor = second_factor.begin(account)
        context |= {"drawn": drawn(second_factor.address(factor)), "secret": factor.secret}
    return render(
        request, "kaowu/account/second_factor.html", context, status=422 if context.get("wrong") else 200
    )


@public("leaving is always possible")
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        log(request, AccessLog.Outcome.SIGNED_OUT, "", request.path)
    logout(request)
    messages.info(request, _("You are signed out."))
    return redirect("login")


@signed_in("one's own password")
@never_cache
@sensitive_post_parameters()
def password(request: HttpRequest) -> HttpResponse:
    form = NewPasswordForm(request.user, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        update_session_auth_hash(request, form.user)
        log(request, AccessLog.Outcome.CHANGED, "", "password")
        owed.note(request)
        messages.success(request, _("The password is changed. Other logins of this account have ended."))
        return redirect("home")
    return render(request, "kaowu/account/password.html", {"form": form}, status=422 if form.errors else 200)


@signed_in("keeps one's own login alive")
@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204)


@signed_in("the first page shows only what the account may do anyway")
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "kaowu/office/home.html")


def _let_in(request: HttpRequest, account: Any) -> HttpResponse:
    login(request, account, backend="django.contrib.auth.backends.ModelBackend")
    log(request, AccessLog.Outcome.SIGNED_IN, "", request.path)
    owed.note(request)
    return redirect(_way_back(request))


def _half_in(request: HttpRequest) -> Account | None:
    """Who gave the right password less than five minutes ago in this browser."""
    account, at = request.session.get(_HALF_IN, (0, 0))
    if clock.now() - at > _HALF_IN_MS:
        return None
    return Account.objects.filter(pk=account, is_active=True).first()


def _way_back(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return wanted
    return reverse("home")


urlpatterns = [
    path("", home, name="home"),
    path("account/sign-in/", sign_in, name="login"),
    path("account/sign-out/", sign_out, name="logout"),
    path("account/second-factor/", second_factor_page, name="second_factor"),
    path("account/sign-in/code/", second_factor_asked, name="second_factor_asked"),
    path("account/password/", password, name="password"),
    path("account/stay/", stay, name="stay"),
    path("account/language/", public("a switch, nothing more")(require_POST(set_language)), name="language"),
]
