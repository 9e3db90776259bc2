"""How programs and browsers show who they are at /api/v1."""

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer, django_auth

from kaowu.web import program_tokens


class ProgramToken(HttpBearer):
    """`Authorization: Bearer kaowu_…`; the account behind the token is who acts."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        account = program_tokens.account_of(token)
        if account is not None:
            request.user = account
        return account


#: A token first; a browser's login counts too, with the form secret that every form carries.
KEYS = [ProgramToken(), django_auth]
