"""The Celery application of the usual way: the product's, with one more task and its queue."""

from kombu import Exchange, Queue

from benchmarks import usual_way
from smsapp.celery import app

# With an exchange of its own: on the default queue's, every queue bound to it would get each task.
app.conf.task_queues = (
    *app.conf.task_queues,
    Queue(usual_way.QUEUE, Exchange(usual_way.QUEUE), routing_key=usual_way.QUEUE),
)

__all__ = ["app", "usual_way"]
