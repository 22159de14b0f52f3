"""Signs of life: workers and beat leave them in Redis every few seconds; by Redis's own clock, so hosts may differ."""

import contextlib
from typing import Any

import redis
from amqp.exceptions import AMQPError
from celery import signals
from celery.beat import PersistentScheduler, SchedulingError

from messaging import throttle

# Silent for longer is dead.
DEAD_AFTER = 30.0
# A worker that died is told of for this long; one that was stopped in good order takes its sign with it.
_KEPT_SECONDS = 3600
_WORKER = "alive:worker:"
_BEAT = "alive:beat"


class Scheduler(PersistentScheduler):
    """Celery's own scheduler, which also says that it is alive, and finds back to a broker that was away."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        _leave(_BEAT)
        wait: float = super().tick(*args, **kwargs)
        return wait

    def apply_async(self, *args: Any, **kwargs: Any) -> Any:
        """Nothing is published twice here (CELERY_TASK_PUBLISH_RETRY), so a lost connection would be kept for good."""
        try:
            return super().apply_async(*args, **kwargs)
        except SchedulingError:
            self.__dict__.pop("producer", None)
            lost = self.__dict__.pop("connection", None)
            if lost is not None:
                with contextlib.suppress(OSError, AMQPError):
                    lost.release()
            raise


def workers() -> dict[str, float]:
    """Seconds since each worker's last sign. Raises redis.RedisError."""
    names = [key.decode().removeprefix(_WORKER) for key in throttle.connection().scan_iter(f"{_WORKER}*")]
    ages = {name: _age(f"{_WORKER}{name}") for name in names}
    return {name: age for name, age in sorted(ages.items()) if age is not None}


def beat() -> float | None:
    """Seconds since beat's last tick, of whichever beat; None: none in the last hour. Raises redis.RedisError."""
    return _age(_BEAT)


def worker_lives(name: str) -> None:
    """Note that a worker is alive."""
    _leave(f"{_WORKER}{name}")


def beat_lives() -> None:
    """Note that beat is alive."""
    _leave(_BEAT)


def worker_leaves(name: str) -> None:
    """Forget a worker that was stopped in good order."""
    with contextlib.suppress(redis.RedisError):
        throttle.connection().delete(f"{_WORKER}{name}")


@signals.heartbeat_sent.connect
def _on_heartbeat(sender: Any, **_: Any) -> None:
    worker_lives(sender.eventer.hostname)


@signals.worker_ready.connect
def _on_ready(sender: Any, **_: Any) -> None:
    worker_lives(sender.hostname)


@signals.worker_shutdown.connect
def _on_leaving(sender: Any, **_: Any) -> None:
    worker_leaves(sender.hostname)


def _leave(key: str) -> None:
    """Without Redis there is no sign, which is the truth: nothing can be sent then either."""
    with contextlib.suppress(redis.RedisError):
        throttle.connection().set(key, 1, ex=_KEPT_SECONDS)


def _age(key: str) -> float | None:
    left = int(throttle.connection().pttl(key))
    return _KEPT_SECONDS - left / 1000 if left > 0 else None
