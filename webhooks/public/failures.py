"""How often somebody on the internet has failed lately at something that has to be guessed."""

import logging

import redis
from django.http import HttpRequest

from messaging import throttle
from webhooks.public.visitor import address_of, line_of

log = logging.getLogger(__name__)

MINUTE = 60


def count(kind: str, request: HttpRequest) -> int:
    """How many failures of a kind came from there in this minute, this one counted; 0 with Redis away."""
    key = f"{kind}-failures:{line_of(address_of(request))}"
    try:
        counter = throttle.connection().pipeline()
        counter.set(key, 0, ex=MINUTE, nx=True)
        counter.incr(key)
        return int(counter.execute()[1])
    except redis.RedisError:
        log.warning("Redis is away: failures at the %s are not counted", kind)
        return 0
