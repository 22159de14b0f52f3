"""How fast a sender may speak: a token bucket of segments in Redis, shared by all workers; and whose turn it is."""

import functools
import random
import uuid

import redis
from django.conf import settings

# Refill by Redis's own clock, then take what is there, at most what is asked for. A text of several
# segments may take the bucket below zero: the debt is paid before the next one goes. What Twilio had enough of
# goes at a share of its rate, which grows back.
# KEYS: bucket, pause, ease. ARGV: segments per second, burst in seconds, wanted, what the share gains a second.
# Returns {granted, wait in ms}.
TAKE = """
local paused = redis.call('PTTL', KEYS[2])
if paused > 0 then return {0, paused} end
local rate, wanted = tonumber(ARGV[1]), tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local eased = redis.call('HMGET', KEYS[3], 'share', 'at')
if eased[1] then rate = rate * math.min(1, tonumber(eased[1]) + (now - tonumber(eased[2])) * tonumber(ARGV[4])) end
local capacity = math.max(1, rate * tonumber(ARGV[2]))
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

# The answers of one batch are one complaint: within a second only the first counts.
# KEYS: ease. ARGV: factor, least share, what the share gains a second, seconds in which it counts once.
EASE = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local kept, share = redis.call('HMGET', KEYS[1], 'share', 'at'), 1
if kept[1] then
  if now - tonumber(kept[2]) < tonumber(ARGV[4]) then return 0 end
  share = math.min(1, tonumber(kept[1]) + (now - tonumber(kept[2])) * tonumber(ARGV[3]))
end
redis.call('HSET', KEYS[1], 'share', math.max(tonumber(ARGV[2]), share * tonumber(ARGV[1])), 'at', now)
redis.call('EXPIRE', KEYS[1], 600)
return 1
"""
# Whether anybody else asked for a turn lately. KEYS: turns. ARGV: who asks, seconds that count as lately.
OTHERS = """
local clock = redis.call('TIME')
for _, who in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], clock[1] + clock[2] / 1000000 - ARGV[2], '+inf')) do
  if who ~= ARGV[1] then return 1 end
end
return 0
"""
# Down by about a third at each complaint, not by the same for everybody; up by a twentieth a second.
EASED_TO = (0.55, 0.75)
LEAST_SHARE = 0.02
GAIN_PER_SECOND = 0.05
ONE_COMPLAINT_SECONDS = 1.0
# Who asked for a turn longer ago than this has had it, or its wake-up was lost.
WAITS_SECONDS = 5.0

# How much may leave at once after a silence, in seconds of the sender's rate.
BURST_SECONDS = 0.25


@functools.cache
def connection() -> "redis.Redis":
    """This process's Redis connection pool."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


@functools.cache
def _take() -> "redis.commands.core.Script":
    return connection().register_script(TAKE)


@functools.cache
def _others() -> "redis.commands.core.Script":
    return connection().register_script(OTHERS)


@functools.cache
def _ease() -> "redis.commands.core.Script":
    return connection().register_script(EASE)


def take(
    sender_id: uuid.UUID, *, rate: int, wanted: int, account_id: uuid.UUID | None = None
) -> tuple[int, float]:
    """Take up to `wanted` segments of a sender's rate (segments per second, less where its account was eased).

    `account_id` None is the installation's own account. Returns (granted, seconds to wait before asking again, 0
    when something was granted). Raises redis.RedisError when Redis does not answer: without a rate nothing is sent.
    """
    granted, wait_ms = _take()(
        keys=[_bucket(sender_id), _pause(sender_id), _eased(account_id)],
        args=[rate, BURST_SECONDS, wanted, GAIN_PER_SECOND],
    )
    return int(granted), int(wait_ms) / 1000


def ease(account_id: uuid.UUID | None) -> bool:
    """Twilio said that it is too much: all senders of the account go slower, and get faster again by and by.

    Returns whether it counted; complaints within a second are one.
    """
    factor = random.uniform(*EASED_TO)  # noqa: S311 - jitter, not a secret
    args = [factor, LEAST_SHARE, GAIN_PER_SECOND, ONE_COMPLAINT_SECONDS]
    return bool(_ease()(keys=[_eased(account_id)], args=args))


def settle(sender_id: uuid.UUID, *, unused: int) -> None:
    """Give back segments that were taken and not used; a negative number charges more."""
    if unused:
        connection().hincrbyfloat(_bucket(sender_id), "tokens", unused)


def pause(sender_id: uuid.UUID, *, seconds: float) -> None:
    """Let nothing leave from a sender for a while, whoever asks: Twilio said it has enough."""
    connection().set(_pause(sender_id), 1, px=max(1, int(seconds * 1000)))


def ask_for_turn(sender_id: uuid.UUID) -> None:
    """A sender's drain was called, and waits for a worker."""
    connection().zadd(_TURNS, {str(sender_id): _redis_now()})


def take_turn(sender_id: uuid.UUID) -> None:
    """A sender's drain has begun."""
    connection().zrem(_TURNS, str(sender_id))


def others_wait(sender_id: uuid.UUID) -> bool:
    """Whether drains of other senders wait for a worker."""
    return bool(_others()(keys=[_TURNS], args=[str(sender_id), WAITS_SECONDS]))


def _redis_now() -> float:
    seconds, microseconds = connection().time()
    return float(seconds) + float(microseconds) / 1_000_000


_TURNS = "drain-turns"


def _eased(account_id: uuid.UUID | None) -> str:
    return f"rate-ease:{account_id or 'own'}"


def _bucket(sender_id: uuid.UUID) -> str:
    return f"rate:{sender_id}"


def _pause(sender_id: uuid.UUID) -> str:
    return f"rate-pause:{sender_id}"
