"""The WSGI application for a production server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smsapp.settings")
application = get_wsgi_application()

# A STOP must not be the one that waits for tables of words and hours to be read: read them now.
from consent import rule_pack  # noqa: E402
from consent.understanding import understand  # noqa: E402
from webhooks import views  # noqa: E402, F401

rule_pack.current()
understand("warm, please stop texting me", recent_outbound=(), join_words=())
