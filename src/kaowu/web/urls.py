"""All addresses: the account's own pages, the component page, mirrors, the API, and every page module found."""

from django.urls import path

from kaowu.web import account_pages, component_page, mirror_api
from kaowu.web.api import api
from kaowu.web.pages import page_urls

urlpatterns = [
    *account_pages.urlpatterns,
    *component_page.urlpatterns,
    *mirror_api.urlpatterns,
    path("api/", api.urls),
    *page_urls(),
]

handler400 = "kaowu.web.errors.bad_request"
handler403 = "kaowu.web.errors.permission_denied"
handler404 = "kaowu.web.errors.not_found"
handler500 = "kaowu.web.errors.server_error"
