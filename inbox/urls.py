"""The sitemap of the inbox; every page asks for a login."""

from django.contrib import admin
from django.urls import path

from inbox import leaving_pages, link_pages, pages

app_name = "inbox"
_page = admin.site.admin_view

urlpatterns = [
    path("", _page(pages.threads), name="threads"),
    path("list/", _page(pages.thread_list), name="list"),
    path("count/", _page(pages.count), name="count"),
    path("thread/<uuid:thread_id>/", _page(pages.thread), name="thread"),
    path("thread/<uuid:thread_id>/lines/", _page(pages.lines), name="lines"),
    path("thread/<uuid:thread_id>/reply/", _page(pages.reply_to), name="reply"),
    path("thread/<uuid:thread_id>/note/", _page(pages.add_note), name="note"),
    path("person/<uuid:contact_id>/told/", _page(leaving_pages.told), name="told"),
    path("person/<uuid:contact_id>/link/", _page(link_pages.renew), name="link"),
    path("thread/<uuid:thread_id>/do/<slug:what>/", _page(pages.act), name="act"),
]
