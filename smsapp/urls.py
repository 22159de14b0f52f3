"""The sitemap."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from smsapp import health

urlpatterns = [
    path("", RedirectView.as_view(url="/admin/")),
    path("admin/inbox/", include("inbox.urls")),
    path("admin/", admin.site.urls),
    path("webhooks/twilio/", include("webhooks.urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
