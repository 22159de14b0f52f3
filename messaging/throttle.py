"""How fast a sender may speak: a token bucket of segments in Redis, shared by all workers."""

import functools
import uuid

import redis
from django.conf import settings

# Refill by Redis's own clock, then take what is there, at most what is asked for. A text of several
# segments may take the bucket below zero: the debt is paid before the next one goes.
# KEYS: bucket, pause. ARGV: segments per second, capacity, wanted. Returns {granted, wait in ms}.
TAKE = """
local paused = redis.call('PTTL', KEYS[2])
if paused > 0 then return {0, paused} end
local rate, capacity, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = capacity
if kept[1] then tokens = math.min(capacity, tonumber(kept[1]) + math.max(0, now - tonumber(kept[2])) * rate) end
local granted = math.max(0, math.min(wanted, math.floor(tokens)))
redis.call('HSET', KEYS[1], 'tokens', tokens - granted, 'at', now)
redis.call('EXPIRE', KEYS[1], 3600)
local wait = 0
if granted == 0 then wait = math.ceil((1 - tokens) / rate * 1000) end
return {granted, wait}
"""

# How much may leave at once after a silence, in seconds of the sender's rate.
BURST_SECONDS = 0.25


@functools.cache
def connection() -> "redis.Redis":
    """This process's Redis connection pool."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


@functools.cache
def _take() -> "redis.commands.core.Script":
    return connection().register_script(TAKE)


def take(sender_id: uuid.UUID, *, rate: int, wanted: int) -> tuple[int, float]:
    """Take up to `wanted` segments of a sender's rate (segments per second).

    Returns (granted, seconds to wait before asking again, 0 when something was granted). Raises
    redis.RedisError when Redis does not answer: without a rate nothing is sent.
    """
    capacity = max(1.0, rate * BURST_SECONDS)
    granted, wait_ms = _take()(keys=[_bucket(sender_id), _pause(sender_id)], args=[rate, capacity, wanted])
    return int(granted), int(wait_ms) / 1000


def settle(sender_id: uuid.UUID, *, unused: int) -> None:
    """Give back segments that were taken and not used; a negative number charges more."""
    if unused:
        connection().hincrbyfloat(_bucket(sender_id), "tokens", unused)


def pause(sender_id: uuid.UUID, *, seconds: float) -> None:
    """Let nothing leave from a sender for a while, whoever asks: Twilio said it has enough."""
    connection().set(_pause(sender_id), 1, px=max(1, int(seconds * 1000)))


def _bucket(sender_id: uuid.UUID) -> str:
    return f"rate:{sender_id}"


def _pause(sender_id: uuid.UUID) -> str:
    return f"rate-pause:{sender_id}"
