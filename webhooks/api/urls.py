"""The addresses of the API, for systems of a brand that carry one of its keys."""

from django.urls import path

from webhooks.api import views

urlpatterns = [
    path("opt-outs/", views.tell_opt_out, name="api-opt-outs"),
    path("consents/", views.consents, name="api-consents"),
]
