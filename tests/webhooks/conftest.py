"""A live sign-up page, and somebody who visits it; customers who text while our web servers are down."""

import datetime as dt

import pytest
import time_machine

from consent.models import SignupPage
from tests.cast import Cast
from tests.handsets import Handsets
from tests.messaging.conftest import _stand_in, twilio
from tests.preferences_visitor import Reader
from tests.signup_visitor import Visitor, signup_page
from tests.simulator_process import SimulatorProcess

__all__ = ["_stand_in", "twilio"]


@pytest.fixture
def page(noon: object, acme: Cast) -> SignupPage:
    """A page for marketing texts alone."""
    acme.program.purposes = {"marketing": "Recurring marketing texts."}
    acme.program.save()
    return signup_page(acme)


@pytest.fixture
def ann(noon: time_machine.Traveller, page: SignupPage) -> Visitor:
    """Somebody at a browser, who has not opened the page yet."""
    return Visitor(page, noon)


@pytest.fixture
def maria(noon: object, acme: Cast) -> Reader:
    """Maria agreed to both kinds of text a month ago."""
    return Reader(acme.person(agrees_to=("marketing", "informational")))


@pytest.fixture
def handsets(noon: time_machine.Traveller, acme: Cast, twilio: SimulatorProcess) -> Handsets:
    """Our web servers have been down for four hours."""
    noon.shift(dt.timedelta(hours=4))
    return Handsets(twilio, acme.sender, noon)
