"""Nobody's phone is bombed through a sign-up page, and nobody is counted who did nothing."""

import datetime as dt
import threading
from typing import Any

import pytest
import time_machine
from django.db import connection, connections, transaction
from django.test import RequestFactory

from consent.models import SignupAttempt, SignupPage
from contacts import clock
from contacts.ids import new_id
from messaging.models import Message
from tests.cast import Cast
from tests.signup_visitor import TYPED, Visitor, signup_page
from webhooks.public import visitor
from webhooks.signup import limits

LIMITED = SignupAttempt.Outcome.LIMITED


def somebody(page: SignupPage, noon: time_machine.Traveller) -> Visitor:
    """A visitor whom nobody has counted yet."""
    return Visitor(page, noon)


def test_a_number_is_asked_twice_a_day_and_no_more(page: SignupPage, noon: time_machine.Traveller) -> None:
    answers = [somebody(page, noon).sends(TYPED) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "too often" in answers[2].content.decode()
    assert Message.objects.count() == 2
    noon.shift(dt.timedelta(days=1))
    assert somebody(page, noon).sends(TYPED).status_code == 200


def test_a_number_is_asked_five_times_in_thirty_days(page: SignupPage, noon: time_machine.Traveller) -> None:
    start = clock.now()
    codes = []
    for _ in range(6):
        codes.append(somebody(page, noon).sends(TYPED).status_code)
        noon.shift(dt.timedelta(days=1))
    assert codes == [200] * 5 + [429]
    noon.move_to(start + dt.timedelta(days=30, minutes=1))
    assert somebody(page, noon).sends(TYPED).status_code == 200


def test_a_visitor_signs_up_five_numbers_an_hour(page: SignupPage, noon: time_machine.Traveller) -> None:
    mallory = somebody(page, noon)
    codes = [mallory.sends(f"206-555-80{n}0").status_code for n in range(1, 7)]
    assert codes == [200] * 5 + [429]
    assert somebody(page, noon).sends("206-555-8099").status_code == 200
    noon.shift(dt.timedelta(hours=1))
    assert mallory.sends("206-555-8098").status_code == 200


def test_a_visitor_signs_up_twenty_numbers_a_day(page: SignupPage, noon: time_machine.Traveller) -> None:
    mallory = somebody(page, noon)
    codes = []
    for n in range(10, 31):
        codes.append(mallory.sends(f"206-555-80{n}").status_code)
        noon.shift(dt.timedelta(minutes=20))
    assert codes == [200] * 20 + [429]


def test_a_page_takes_so_many_a_minute(page: SignupPage, noon: time_machine.Traveller, settings: Any) -> None:
    settings.SIGNUP_PER_PAGE_MINUTE = 2
    forms = [(who := somebody(page, noon), who.token()) for _ in range(4)]
    noon.shift(dt.timedelta(seconds=10))
    codes = [who.sends(f"206-555-801{n}", token=token).status_code for n, (who, token) in enumerate(forms)]
    assert codes == [200, 200, 429, 429]
    noon.shift(dt.timedelta(minutes=1))
    assert somebody(page, noon).sends("206-555-8017").status_code == 200


def test_a_number_is_counted_over_all_brands(
    page: SignupPage, rival: Cast, noon: time_machine.Traveller
) -> None:
    theirs = signup_page(rival)
    codes = [somebody(each, noon).sends(TYPED).status_code for each in (page, theirs, theirs)]
    assert codes == [200, 200, 429]


def test_tries_that_were_refused_keep_nobody_out_for_longer(
    page: SignupPage, noon: time_machine.Traveller
) -> None:
    for _ in range(5):
        somebody(page, noon).sends(TYPED)
    noon.shift(dt.timedelta(days=1))
    assert somebody(page, noon).sends(TYPED).status_code == 200


def test_a_flood_of_refused_tries_is_not_a_flood_of_rows(
    page: SignupPage, noon: time_machine.Traveller, settings: Any
) -> None:
    settings.SIGNUP_PER_NUMBER_DAY, settings.SIGNUP_PER_PAGE_MINUTE = 0, 3
    forms = [(who := somebody(page, noon), who.token()) for _ in range(6)]
    assert {who.sends(TYPED, token=token).status_code for who, token in forms} == {429}
    assert SignupAttempt.objects.filter(outcome=LIMITED).count() == 3


def test_the_numbers_and_addresses_are_kept_as_keyed_digests_only(
    page: SignupPage, noon: time_machine.Traveller, settings: Any
) -> None:
    ann = somebody(page, noon)
    ann.sends(TYPED)
    row = SignupAttempt.objects.get()
    kept = f"{row.number_digest} {row.visitor_digest}"
    assert "5557991" not in kept
    assert ann.ip not in kept
    assert row.number_digest == limits.digest("number", "+12065557991")
    settings.SECRET_KEY = "another"
    assert row.number_digest != limits.digest("number", "+12065557991")


# --- where a visitor comes from ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.1", "192.0.2.1"),
        (1, "203.0.113.1", "203.0.113.1"),
        (1, "10.9.9.9, 203.0.113.1", "203.0.113.1"),
        (2, "10.9.9.9, 203.0.113.1, 198.51.100.7", "203.0.113.1"),
        (2, "203.0.113.1", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "not an address", ""),
        (1, "2001:DB8::1", "2001:db8::1"),
    ],
)
def test_only_what_our_own_proxies_say_of_an_address_counts(
    proxies: int, forwarded: str, address: str, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR="192.0.2.1")
    assert visitor.address_of(request) == address


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("203.0.113.1", "203.0.113.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_line_is_one_visitor(address: str, line: str) -> None:
    assert visitor.line_of(address) == line


@pytest.mark.django_db
def test_a_forged_forwarded_address_makes_no_new_visitor(
    page: SignupPage, noon: time_machine.Traveller
) -> None:
    mallory = somebody(page, noon)
    headers = [{"X-Forwarded-For": f"203.0.113.{n}"} for n in range(6)]
    codes = [mallory.sends(f"206-555-80{n}0", headers=headers[n]).status_code for n in range(6)]
    assert codes == [200] * 5 + [429]


# --- at once ---------------------------------------------------------------------------------------------


class Try(threading.Thread):
    """A try in a thread and a connection of its own."""

    def __init__(self, **fields: Any) -> None:
        super().__init__()
        self.fields = {"number": "+12065557992", "visitor": "198.51.100.3", "form_id": new_id()} | fields
        self.outcome = ""

    def run(self) -> None:
        try:
            limits.admit(**self.fields)
            self.outcome = "admitted"
        except (limits.TooMany, limits.Repeated) as refusal:
            self.outcome = type(refusal).__name__
        finally:
            connections.close_all()


def wait_until_it_waits(thread: Try) -> None:
    """Until the try stands at a lock; one that is through already stands at none."""
    with connection.cursor() as cursor:
        while thread.is_alive():
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone() != (0,):
                return


def beside(first: dict[str, Any], second: Try) -> str:
    """What becomes of a try that begins while another has been counted but not committed."""
    with transaction.atomic():
        limits.admit(**first)
        second.start()
        wait_until_it_waits(second)
        assert second.outcome == ""
    second.join(10)
    return second.outcome


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("shared", ["number", "visitor", "page"])
def test_two_tries_at_once_do_not_pass_a_limit_together(
    shared: str, acme: Cast, rival: Cast, settings: Any
) -> None:
    settings.SIGNUP_PER_NUMBER_DAY = settings.SIGNUP_PER_VISITOR_HOUR = settings.SIGNUP_PER_PAGE_MINUTE = 1
    first = {"page": signup_page(acme), "number": "+12065557990", "visitor": "198.51.100.2"}
    second = {"page": signup_page(rival)} | {shared: first[shared]}
    assert beside({**first, "form_id": new_id()}, Try(**second)) == "TooMany"


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_twice_at_once_is_one_try(acme: Cast) -> None:
    form = {"page": signup_page(acme), "number": "+12065557991", "visitor": "1", "form_id": new_id()}
    assert beside(form, Try(**form)) == "Repeated"
    assert SignupAttempt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_tries_that_share_number_visitor_and_page_crosswise_never_wait_for_each_other(
    acme: Cast, rival: Cast
) -> None:
    ours, theirs = signup_page(acme), signup_page(rival)
    tries = [
        Try(page=ours, number="+12065557991", visitor="2"),
        Try(page=theirs, number="+12065557992", visitor="1"),
        Try(page=theirs, number="+12065557991", visitor="1"),
        Try(page=ours, number="+12065557992", visitor="2"),
    ]
    for one in tries:
        one.start()
    for one in tries:
        one.join(20)
    assert [one.outcome for one in tries] == ["admitted"] * 4
