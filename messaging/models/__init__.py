"""Senders, threads, messages, and what was decided about each: the tables of what is said."""

from messaging.models.decision import Decision, Stage
from messaging.models.message import (
    Direction,
    Lane,
    Message,
    MessageEvent,
    Origin,
    Status,
    Value,
)
from messaging.models.sender import Account, OptOutReplies, Route, Sender, SenderKind
from messaging.models.spend import Capped, SpendCap
from messaging.models.thread import Thread

__all__ = [
    "Account",
    "Capped",
    "Decision",
    "Direction",
    "Lane",
    "Message",
    "MessageEvent",
    "OptOutReplies",
    "Origin",
    "Route",
    "Sender",
    "SenderKind",
    "SpendCap",
    "Stage",
    "Status",
    "Thread",
    "Value",
]
