"""Registration of the wiring app and of the admin site."""

import gc

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig

# A page of people and a batch of texts are freed by counting references. At its own pace the collector would look
# through all that Django holds for each of them: a third of the processor time of queueing a campaign.
COLLECT_AFTER = (20_000, 20, 20)


class SmsappConfig(AppConfig):
    name = "smsapp"

    def ready(self) -> None:
        gc.set_threshold(*COLLECT_AFTER)
        # Registers the system checks; they must be imported once the apps are there.
        from smsapp import checks  # noqa: F401


class AdminSiteConfig(AdminConfig):
    default_site = "smsapp.admin_site.AdminSite"
