"""Settings of the tests: the product's own, on a throw-away PostgreSQL and Redis that skip fsync."""

import os

from smsapp import embedded

VAR = embedded.var_directory() / "tests"
os.environ.setdefault("SECRET_KEY", "tests-only")
os.environ.setdefault("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000001")
os.environ.setdefault("TWILIO_AUTH_TOKEN", "tests-token,tests-older-token")
os.environ.setdefault("TWILIO_API_BASE_URL", "http://127.0.0.1:9")  # nobody listens there
os.environ.setdefault("PUBLIC_BASE_URL", "http://testserver")
os.environ.setdefault("ALLOWED_HOSTS", "testserver,127.0.0.1,localhost")
if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
    os.environ["DATABASE_URL"], os.environ["REDIS_URL"] = embedded.urls(VAR, is_durable=False)
# Each xdist worker has a Redis database of its own beside its PostgreSQL database.
if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["REDIS_URL"] = (
        f"{os.environ['REDIS_URL'].split('?')[0].removesuffix('/0')}/{int(worker[2:]) % 15 + 1}"
    )

from smsapp.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Nothing is collected for a test: each file is looked up when a page asks for it.
WHITENOISE_AUTOREFRESH = True
STATIC_ROOT = VAR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
