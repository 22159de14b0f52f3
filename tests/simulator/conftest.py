"""Fixtures of these tests: the stand-in, the SDK pointed at it, and a small product."""

from collections.abc import Iterator

import pytest
from twilio.rest import Client

from tests.simulator.receiver import Receiver
from tests.simulator_process import SimulatorProcess, simulator, simulator_process

__all__ = ["simulator", "simulator_process"]


@pytest.fixture
def client(simulator: SimulatorProcess) -> Client:
    client = Client(simulator.account_sid, simulator.auth_token)
    client.api.base_url = simulator.url
    return client


@pytest.fixture
def product(simulator: SimulatorProcess) -> Iterator[Receiver]:
    """A product whose inbound webhook the stand-in knows."""
    with Receiver() as receiver:
        simulator.settings(inbound_url=f"{receiver.url}/inbound/")
        yield receiver
