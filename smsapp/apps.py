"""Registration of the wiring app and of the admin site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class SmsappConfig(AppConfig):
    name = "smsapp"

    def ready(self) -> None:
        # Registers the system checks; they must be imported once the apps are there.
        from smsapp import checks  # noqa: F401


class AdminSiteConfig(AdminConfig):
    default_site = "smsapp.admin_site.AdminSite"
