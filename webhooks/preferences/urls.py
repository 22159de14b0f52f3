"""The addresses of the preference pages; short, because they stand in texts."""

from django.urls import path

from webhooks.preferences import pages

urlpatterns = [path("<str:token>", pages.page, name="preferences")]
