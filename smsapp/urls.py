"""The sitemap."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from smsapp import rule_packs
from smsapp.privacy import own_data
from smsapp.seen import operations, pages

urlpatterns = [
    path("", RedirectView.as_view(url="/admin/")),
    path("admin/inbox/", include("inbox.urls")),
    path("admin/audit/", include("smsapp.audit.urls")),
    path("admin/privacy/", include("smsapp.privacy.urls")),
    path("admin/operations/", admin.site.admin_view(operations.page), name="operations"),
    path("admin/operations/retry/", admin.site.admin_view(operations.retry), name="operations-retry"),
    path("admin/rule-packs/", admin.site.admin_view(rule_packs.page), name="rule-packs"),
    path("admin/", admin.site.urls),
    path("webhooks/twilio/", include("webhooks.urls")),
    path("api/v1/", include("webhooks.api.urls")),
    path("join/", include("webhooks.signup.urls")),
    path("p/<str:token>/data", own_data.page, name="preferences-data"),
    path("p/", include("webhooks.preferences.urls")),
    path("healthz", pages.healthz, name="healthz"),
    path("readyz", pages.readyz, name="readyz"),
    path("readyz/web", pages.readyz_web, name="readyz-web"),
    path("metrics", pages.metrics, name="metrics"),
]
