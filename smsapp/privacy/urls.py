"""The sitemap of erasure and export; every page asks for a login and for the role."""

from django.contrib import admin
from django.urls import path

from smsapp.privacy import pages

app_name = "privacy"

urlpatterns = [
    path("erase/<uuid:contact_id>/", admin.site.admin_view(pages.erase_page), name="erase"),
    path("export/<uuid:contact_id>/", admin.site.admin_view(pages.export_page), name="export"),
]
