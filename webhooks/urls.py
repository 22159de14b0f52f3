"""The addresses that Twilio calls."""

from django.urls import path

from webhooks import views

urlpatterns = [
    path("inbound/", views.inbound, name="twilio-inbound"),
    path("status/", views.status, name="twilio-status"),
]
