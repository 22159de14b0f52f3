"""Settings, all from the environment; with nothing set, all runs on this machine and no real person is texted."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy

from smsapp import admin_theme, database, embedded, environment, queues
from smsapp.seen import logs

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = embedded.var_directory()

# --- Where things are -------------------------------------------------------------------------------
DATABASE_URL = environment.secret("DATABASE_URL")
REDIS_URL = environment.secret("REDIS_URL")
if not DATABASE_URL and not REDIS_URL:
    DATABASE_URL, REDIS_URL = embedded.urls()
elif not (DATABASE_URL and REDIS_URL):
    missing = "REDIS_URL" if DATABASE_URL else "DATABASE_URL"
    raise ImproperlyConfigured(f"{missing} is not set: set both DATABASE_URL and REDIS_URL, or neither.")

IS_POOLED = environment.flag("DATABASE_IS_POOLED", default=False)
DATABASES = {
    "default": database.configured(
        DATABASE_URL, is_pooled=IS_POOLED, most=max(2, environment.number("DATABASE_POOL", 24))
    )
}
# How many standbys must have a commit before it is told; the operator's word, and /readyz asks PostgreSQL for them.
DATABASE_STANDBYS = environment.number("DATABASE_STANDBYS", 0)

# --- Secrets and hosts ------------------------------------------------------------------------------
DEBUG = environment.flag("DEBUG", default=False)
# A checkout without a key gets one of its own, so that sessions survive a restart.
SECRET_KEY = environment.secret("SECRET_KEY") or environment.kept_secret(VAR_DIR / "secret_key")
# Erased numbers are known by their digests under these, the newest first. One that was used must never be lost.
SUPPRESSION_KEYS = environment.words("SUPPRESSION_KEY", [], secret=True) or [
    environment.kept_secret(VAR_DIR / "suppression_key")
]
# These sign the ledger's tree heads; the first signs, the others vouch for it while rotating. A development machine
# makes its own (system check smsapp.E004).
LEDGER_SIGNING_KEYS = environment.words("LEDGER_SIGNING_KEY", [], secret=True)
IS_SIGNING_KEY_KEPT = not LEDGER_SIGNING_KEYS
if IS_SIGNING_KEY_KEPT:
    LEDGER_SIGNING_KEYS = [environment.kept_secret(VAR_DIR / "ledger_signing_key", size=32)]
# The keys before it: links to preference pages that were signed with one still open.
SECRET_KEY_FALLBACKS = environment.words("SECRET_KEY_FALLBACKS", [], secret=True)
ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
PUBLIC_BASE_URL = environment.text("PUBLIC_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_BASE_URL]
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if PUBLIC_BASE_URL.startswith("https:") else None
)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_BASE_URL.startswith("https:")
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

# --- Twilio -----------------------------------------------------------------------------------------
TWILIO_ACCOUNT_SID = environment.text("TWILIO_ACCOUNT_SID", "")
TWILIO_AUTH_TOKENS = environment.words("TWILIO_AUTH_TOKEN", [], secret=True)
TWILIO_API_BASE_URL = environment.text("TWILIO_API_BASE_URL", "").rstrip("/")
# No credentials and no address means the stand-in: a fresh checkout can never text a real person.
if not TWILIO_API_BASE_URL and not (TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKENS):
    TWILIO_API_BASE_URL = environment.text("SIMULATOR_URL", "http://127.0.0.1:4010").rstrip("/")
TWILIO_ACCOUNT_SID = TWILIO_ACCOUNT_SID or "AC00000000000000000000000000000001"
TWILIO_AUTH_TOKENS = TWILIO_AUTH_TOKENS or ["simulator-token"]
TWILIO_TIMEOUT_SECONDS = environment.decimal("TWILIO_TIMEOUT_SECONDS", 8.0)
TWILIO_CONNECT_SECONDS = environment.decimal("TWILIO_CONNECT_SECONDS", 2.0)
# Moves the product's clock; only beside a stand-in (system check smsapp.E003).
CLOCK_OFFSET_SECONDS = environment.decimal("CLOCK_OFFSET_SECONDS", 0.0)

# --- Sending ----------------------------------------------------------------------------------------
# From the claim of a message to the last moment at which its request may begin. A STOP waits at most
# this long (plus a little) for what is in flight, so it must stay well under Twilio's 15 s.
POST_WITHIN_SECONDS = environment.decimal("POST_WITHIN_SECONDS", 3.0)
# From the claim to the moment when a message nobody reported on is called unknown.
LEASE_SECONDS = environment.decimal("LEASE_SECONDS", 12.0)
# How long after a lease ended we look at Twilio for the message, and how long after that once more.
LOOK_UP_AFTER_SECONDS = environment.decimal("LOOK_UP_AFTER_SECONDS", 10.0)
BATCH_SIZE = environment.number("BATCH_SIZE", 400)
POST_CONCURRENCY = environment.number("POST_CONCURRENCY", 512)
DRAINS_PER_SENDER = environment.number("DRAINS_PER_SENDER", 2)

# --- Sign-up pages ----------------------------------------------------------------------------------
# How many proxies of ours stand before us, each adding to X-Forwarded-For; 0: the connection itself counts.
TRUSTED_PROXIES = environment.number("TRUSTED_PROXIES", 0)
# At most so many tries, against bombing somebody with texts that ask for a confirmation.
SIGNUP_PER_NUMBER_DAY = environment.number("SIGNUP_PER_NUMBER_DAY", 2)
SIGNUP_PER_NUMBER_MONTH = environment.number("SIGNUP_PER_NUMBER_MONTH", 5)
SIGNUP_PER_VISITOR_HOUR = environment.number("SIGNUP_PER_VISITOR_HOUR", 5)
SIGNUP_PER_VISITOR_DAY = environment.number("SIGNUP_PER_VISITOR_DAY", 20)
SIGNUP_PER_PAGE_MINUTE = environment.number("SIGNUP_PER_PAGE_MINUTE", 60)

# --- Mail, and the tree heads that outsiders hold ----------------------------------------------------
EMAIL_HOST = environment.text("EMAIL_HOST", "")
EMAIL_PORT = environment.number("EMAIL_PORT", 587)
EMAIL_HOST_USER = environment.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = environment.secret("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = environment.flag("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = environment.text("DEFAULT_FROM_EMAIL", "ledger@localhost")
# File witnesses write within this folder only.
HEADS_DIR = environment.text("HEADS_DIR", str(VAR_DIR / "heads"))

# --- Django -----------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "smsapp.apps.AdminSiteConfig",
    "smsapp.apps.SmsappConfig",
    "contacts",
    "consent",
    "messaging",
    "campaigns",
    "inbox",
    "webhooks",
]
MIDDLEWARE = [
    "webhooks.middleware.StraightToTwilio",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "smsapp.audit.permission.AuditorsReadOnly",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "smsapp.urls"
WSGI_APPLICATION = "smsapp.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "smsapp" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = "smsapp.formats"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "smsapp" / "static"]
# With no collectstatic step the demo and the tests serve straight from the apps.
WHITENOISE_USE_FINDERS = True
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")
# Twilio's forms are small; an import is streamed to disk.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# An address typed without a scheme is https, as it will be in Django 6.
FORMS_URLFIELD_ASSUME_HTTPS = True
UNFOLD = admin_theme.UNFOLD

# --- Celery -----------------------------------------------------------------------------------------
CELERY_BROKER_URL = environment.text("CELERY_BROKER_URL", "") or REDIS_URL
CELERY_TASK_QUEUES = queues.QUEUES
CELERY_TASK_DEFAULT_QUEUE = queues.UPKEEP
CELERY_TASK_ROUTES = queues.ROUTES
CELERY_BEAT_SCHEDULE = queues.BEAT
CELERY_BEAT_SCHEDULER = "smsapp.seen.signs:Scheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_TASK_IGNORE_RESULT = True
# The tables are the truth and every task can run twice, so a task is acknowledged when taken: a killed
# worker's messages come back by the sweeps, not by a broker's visibility timeout.
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = queues.transport_options(CELERY_BROKER_URL)
# A broker that is away must not hold up a STOP.
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_WORKER_CONSUMER = "smsapp.consumer:Consumer"
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# --- Logs -------------------------------------------------------------------------------------------
# "json" for machines, one object a line; "plain" for people.
LOG_FORMAT = environment.text("LOG_FORMAT", "plain")
LOGGING = logs.configuration(level=environment.text("LOG_LEVEL", "INFO"), style=LOG_FORMAT)
