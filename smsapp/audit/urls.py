"""The sitemap of the auditor's desk; every page asks for a login and for the role of owner or auditor."""

from django.urls import path

from smsapp.audit import pages, pages_packs
from smsapp.audit.permission import desk_page

app_name = "audit"

urlpatterns = [
    path("", desk_page(pages.home), name="home"),
    path("search/", desk_page(pages.search), name="search"),
    path("person/<uuid:contact_id>/", desk_page(pages.person), name="person"),
    path("person/<uuid:contact_id>/then/", desk_page(pages.then), name="then"),
    path("person/<uuid:contact_id>/receipt/<uuid:event_id>/", desk_page(pages.receipt), name="receipt"),
    path("opt-outs/", desk_page(pages.opt_outs), name="opt-outs"),
    path("holds/", desk_page(pages.holds), name="holds"),
    path("disclosures/", desk_page(pages.disclosures), name="disclosures"),
    path("looks/", desk_page(pages.looks), name="looks"),
    path("packs/", desk_page(pages_packs.packs_page), name="packs"),
    path("packs/order/", desk_page(pages_packs.order), name="order"),
    path("packs/<uuid:pack_id>/", desk_page(pages_packs.pack), name="pack"),
    path("packs/<uuid:pack_id>/file/", desk_page(pages_packs.download), name="pack-file"),
]
