"""Every task has a queue, every queue has a worker, and no timer lives in the broker."""

import ast
import re

import yaml
from celery import Celery

from smsapp import celery_app, queues
from tests.architecture import tree

KNOWN = {queue.name for queue in queues.QUEUES}
SENDERS = {"delay", "apply_async", "send_task", "retry", "signature", "s", "si", "after_commit", "now"}
TIMERS = {"countdown", "eta"}


def our_tasks(app: Celery) -> set[str]:
    app.loader.import_default_modules()
    return {name for name in app.tasks if not name.startswith("celery.")}


def commands(service: str) -> str:
    compose = yaml.safe_load((tree.ROOT / "docker-compose.yml").read_text())
    return " ".join(compose["services"][service]["command"])


def test_every_task_is_routed_to_a_known_queue() -> None:
    assert our_tasks(celery_app) == set(queues.ROUTES)
    assert {route["queue"] for route in queues.ROUTES.values()} <= KNOWN


def test_every_queue_has_a_task() -> None:
    assert {route["queue"] for route in queues.ROUTES.values()} == KNOWN


def test_what_beat_calls_exists() -> None:
    assert {entry["task"] for entry in queues.BEAT.values()} <= our_tasks(celery_app)


def test_a_plain_worker_consumes_every_queue() -> None:
    assert set(celery_app.amqp.queues) == KNOWN


def test_the_worker_on_the_server_consumes_every_queue() -> None:
    named = re.search(r"(?:--queues=|-Q )(\S+)", commands("worker"))
    assert named, "the worker's queues are written out, so that leaving one out is seen"
    assert set(named.group(1).split(",")) == KNOWN


def test_one_server_runs_web_worker_and_beat() -> None:
    assert commands("web") == "bin/serve"
    assert "celery -A smsapp worker" in commands("worker")
    assert "celery -A smsapp beat" in commands("beat")


def test_no_message_waits_in_the_broker() -> None:
    """A row's `due_at` is the only timer: the broker may lose everything it holds."""
    waiting = [
        tree.place(path, node)
        for path in tree.files(*tree.product())
        for node in ast.walk(tree.syntax(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in SENDERS
        and TIMERS & {keyword.arg for keyword in node.keywords}
    ]
    assert waiting == []


def test_no_task_is_sent_before_its_transaction_has_committed() -> None:
    hasty = [
        tree.place(path, node)
        for path in tree.files(*tree.product())
        for node in ast.walk(tree.syntax(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "delay"
    ]
    assert hasty == [], "use delay_on_commit, or transaction.on_commit"
