"""What keeps a worker at its broker, whatever happens to the connection."""

import logging

from celery.worker.consumer import Consumer as Celerys

log = logging.getLogger(__name__)


class Consumer(Celerys):
    """Celery's consumer, for which a connection that cannot even be closed is no reason to end the worker.

    It closes a lost connection twice. When Redis is cut off while the first one reads, kombu has let go of half of the
    connection by the second, puts back what was not acknowledged through the other half, and fails with an
    AttributeError, for which Celery ends the worker. What was not put back comes back by itself: no task is more than
    a hint that there may be work.
    """

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Let go of the lost connection; Celery connects again afterwards."""
        try:
            super().on_connection_error_after_connected(exc)
        except AttributeError:
            log.warning("the lost connection to the broker could not be closed", exc_info=True)
