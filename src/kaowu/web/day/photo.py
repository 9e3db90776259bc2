"""The photograph of whoever is expected at a seat, for those who work in the room: what the face at the door is compared with."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.cache import never_cache

from kaowu.web.access import permitted
from kaowu.web.day.hand_in import PERMISSION
from kaowu.web.day.room_view import room_view
from kaowu.web.works import photos


@permitted(PERMISSION, unscoped=("exam", "sitting", "room", "ticket"))
@never_cache
def photo(request: HttpRequest, exam: str, sitting: str, site: str, room: str, ticket: str) -> HttpResponse:
    view = room_view(request, exam, sitting, site, room)
    picture = photos.of_ticket(exam, site, room, ticket) if view.may_record else None
    if picture is None:
        raise Http404
    return HttpResponse(picture, content_type="image/jpeg")


urlpatterns = [
    path(
        "day/<str:exam>/<str:sitting>/<str:site>/<str:room>/photo/<str:ticket>.jpg", photo, name="seat_photo"
    ),
]
