"""The addresses of the sign-up pages."""

from django.urls import path

from webhooks.signup import pages

urlpatterns = [
    path("<slug:slug>/", pages.page, name="signup-page"),
    path("<slug:slug>/qr.svg", pages.code_of_page, name="signup-qr"),
    path("<slug:slug>/text-qr.svg", pages.code_of_text, name="signup-text-qr"),
]
