"""A stand-in for Twilio behind the dispatch tests."""

from collections.abc import Iterator

import pytest
from django.conf import settings

from messaging import throttle
from tests.simulator_process import SimulatorProcess


@pytest.fixture(scope="session")
def _stand_in() -> Iterator[SimulatorProcess]:
    token = settings.TWILIO_AUTH_TOKENS[0]
    with SimulatorProcess(account_sid=settings.TWILIO_ACCOUNT_SID, auth_token=token) as process:
        yield process


@pytest.fixture
def twilio(_stand_in: SimulatorProcess, monkeypatch: pytest.MonkeyPatch) -> SimulatorProcess:
    """The stand-in, fresh, and the product pointed at it; Redis is empty."""
    _stand_in.reset()
    _stand_in.clear_faults()
    monkeypatch.setattr(settings, "TWILIO_API_BASE_URL", _stand_in.url)
    throttle.connection().flushdb()
    return _stand_in
