"""Every component in every state, on one page: what later screens are made of."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from kaowu.web.access import signed_in


@signed_in("shows made-up examples only")
def components(request: HttpRequest) -> HttpResponse:
    return render(request, "kaowu/components.html")


urlpatterns = [path("components/", components, name="components")]
