"""The sitemap."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from smsapp import health, rule_packs
from smsapp.privacy import own_data

urlpatterns = [
    path("", RedirectView.as_view(url="/admin/")),
    path("admin/inbox/", include("inbox.urls")),
    path("admin/audit/", include("smsapp.audit.urls")),
    path("admin/privacy/", include("smsapp.privacy.urls")),
    path("admin/rule-packs/", admin.site.admin_view(rule_packs.page), name="rule-packs"),
    path("admin/", admin.site.urls),
    path("webhooks/twilio/", include("webhooks.urls")),
    path("api/v1/", include("webhooks.api.urls")),
    path("join/", include("webhooks.signup.urls")),
    path("p/<str:token>/data", own_data.page, name="preferences-data"),
    path("p/", include("webhooks.preferences.urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
