"""One room: its seat grid as it really stands, and its form with a preview while typing."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _t

from kaowu.store.models import Room, Site
from kaowu.web.access import permitted
from kaowu.web.office.registers import save_change
from kaowu.web.seat_grid_plan import SeatGridPlan, grid_of


class RoomForm(forms.ModelForm[Room]):
    """A room. The layout is kept with hyphens, however it was typed."""

    class Meta:
        model = Room
        fields = (
            "number", "kind", "building", "floor", "door_number", "capacity", "columns", "start_corner", "direction",
            "cameras", "clock", "speaker", "identity_terminal", "jammer", "air_conditioning", "step_free", "area_m2",
            "desk_distance_m",
        )  # fmt: skip

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site = site
        if not self.instance._state.adding:
            del self.fields["number"]

    def clean_number(self) -> str:
        number = self.cleaned_data["number"]
        if Room.objects.filter(site=self.site, number=number).exists():
            raise forms.ValidationError(_t("This site has a room of this number already."))
        return number

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        columns, capacity = given.get("columns"), given.get("capacity")
        if columns and capacity:
            desks = sum(int(length) for length in columns.split("-"))
            if desks < capacity:
                self.add_error(
                    "columns",
                    _t("The layout has %(desks)d desks, fewer than the capacity %(capacity)d.")
                    % {"desks": desks, "capacity": capacity},
                )
        return given

    def save(self, commit: bool = True) -> Room:
        self.instance.site = self.site
        return super().save(commit)


@permitted("registry.see", unscoped=("room",))
def room_page(request: HttpRequest, site: str, room: str) -> HttpResponse:
    row = get_object_or_404(
        Room.objects.select_related("site__organisation__parent"), site__code=site, number=room
    )
    numbers = list(Room.objects.filter(site=row.site).values_list("number", flat=True))
    here = numbers.index(row.number)
    context = {
        "room": row, "site": row.site, "plan": _plan(row),
        "before": numbers[here - 1] if here else "", "after": numbers[here + 1] if here + 1 < len(numbers) else "",
    }  # fmt: skip
    return render(request, "kaowu/registry/room.html", context)


@permitted("registry.change")
def room_new(request: HttpRequest, site: str) -> HttpResponse:
    place = get_object_or_404(Site, code=site)
    form = RoomForm(request.POST or None, site=place)
    if request.method == "POST" and form.is_valid():
        key = f"{place.code}-{form.cleaned_data['number']}"
        row = save_change(request, form, "rooms", key, place.organisation)
        return redirect("room", site=place.code, room=row.number)
    return _form_page(request, form, place, _t("New room"), None)


@permitted("registry.change", unscoped=("room",))
def room_edit(request: HttpRequest, site: str, room: str) -> HttpResponse:
    row = get_object_or_404(Room.objects.select_related("site__organisation"), site__code=site, number=room)
    form = RoomForm(request.POST or None, instance=row, site=row.site)
    if request.method == "POST" and form.is_valid():
        save_change(request, form, "rooms", f"{row.site.code}-{row.number}", row.site.organisation)
        return redirect("room", site=row.site.code, room=row.number)
    return _form_page(request, form, row.site, _t("Room %s") % row.number, row)


@permitted("registry.see")
def grid_preview(request: HttpRequest) -> HttpResponse:
    """The grid of a layout that is being typed; what cannot be drawn yet says so."""
    given = request.GET
    try:
        columns = given.get("columns", "").strip()
        capacity = min(int(given.get("capacity") or 0), 200)
        grid = grid_of(columns, given.get("start_corner", ""), given.get("direction", ""), max(capacity, 1))
        if grid.seats > 400:
            raise ValueError("too many desks to draw")
        plan = SeatGridPlan.of(grid, _t("Preview"))
    except ValueError:
        plan = None
    return render(request, "kaowu/registry/grid_preview.html", {"plan": plan})


def _plan(room: Room) -> SeatGridPlan | None:
    if not room.columns:
        return None
    grid = grid_of(room.columns, room.start_corner, room.direction, room.capacity)
    return SeatGridPlan.of(grid, _t("Room %s") % room.number)


def _form_page(
    request: HttpRequest, form: RoomForm, site: Site, heading: str, room: Room | None
) -> HttpResponse:
    context = {"form": form, "site": site, "heading": heading, "plan": _plan(room) if room else None}
    return render(request, "kaowu/registry/room_form.html", context, status=422 if form.errors else 200)


urlpatterns = [
    path("office/grid-preview/", grid_preview, name="grid_preview"),
    path("office/sites/<str:site>/rooms/new/", room_new, name="room_new"),
    path("office/sites/<str:site>/rooms/<str:room>/", room_page, name="room"),
    path("office/sites/<str:site>/rooms/<str:room>/edit/", room_edit, name="room_edit"),
]
