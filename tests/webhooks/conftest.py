"""A live sign-up page, and somebody who visits it."""

import pytest
import time_machine

from consent.models import SignupPage
from tests.cast import Cast
from tests.preferences_visitor import Reader
from tests.signup_visitor import Visitor, signup_page


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
