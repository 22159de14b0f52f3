# One image for web, worker, beat and migrations; docker-compose.yml says which does what.
FROM python:3.12-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1

RUN useradd --system --uid 10001 --create-home --shell /usr/sbin/nologin smsapp \
    && install --directory --owner smsapp --group smsapp /app /app/var
WORKDIR /app

# Apart from the code, so that a change of code does not install everything again.
COPY requirements.txt ./
RUN pip install --requirement requirements.txt

COPY --chown=smsapp:smsapp . .
USER smsapp

# Collecting files talks to no server, but the settings ask for addresses and a key.
RUN DATABASE_URL=postgresql://build@localhost/build REDIS_URL=redis://localhost/0 SECRET_KEY=build-only \
    python manage.py collectstatic --noinput

EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen(r.Request('http://127.0.0.1:8000/healthz', headers={'Host': 'localhost'}), timeout=4)"]

CMD ["bin/serve"]
