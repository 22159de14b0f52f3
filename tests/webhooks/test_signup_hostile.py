"""Whatever is sent to a sign-up page, it answers, and never with a failure of its own."""

from typing import Any

import pytest
import time_machine
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.models import SignupPage
from messaging.models import Message
from tests.signup_visitor import Visitor

pytestmark = pytest.mark.django_db
PATIENT = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
NASTY = st.sampled_from(
    ["\0", "\u202e", "+" * 50, "+1 206 555 7991;ext=9", "tel:+12065557991", "'; DROP TABLE x; --", "{{ 7 }}",
     "<script>", "٠١٢٣٤٥٦٧٨٩", "+٤٤٧٧٠٠٩٠٠١٢٣", "\uff10\uff11\uff12\uff13\uff14", "%00", "\ud7ff", "😀" * 30]
)  # fmt: skip
TEXT = st.one_of(st.text(max_size=60), NASTY)


@PATIENT
@given(phone=TEXT, name=TEXT, agree=st.lists(TEXT, max_size=3), trap=st.one_of(st.just(""), TEXT))
def test_no_field_breaks_it(
    noon: time_machine.Traveller, page: SignupPage, phone: str, name: str, agree: list[str], trap: str
) -> None:
    answer = Visitor(page, noon).sends(phone, first_name=name, agree=agree, subject=trap)
    assert answer.status_code in {200, 400, 429}
    assert "<script>" not in answer.content.decode()


@PATIENT
@given(token=TEXT, agent=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=400))
def test_no_token_breaks_it(noon: time_machine.Traveller, page: SignupPage, token: str, agent: str) -> None:
    assert Visitor(page, noon).sends(token=token, headers={"User-Agent": agent}).status_code == 400


@PATIENT
@given(query=TEXT, accepted=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80))
def test_no_query_and_no_language_breaks_it(page: SignupPage, query: str, accepted: str) -> None:
    answer = Client().get(
        f"/join/{page.slug}/", {"lang": query, "preview": query}, headers={"Accept-Language": accepted}
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nnot a part"),
        ("application/json", b"{}"),
        ("application/x-www-form-urlencoded", b"token=%ff%fe&phone=%00"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(1500))),
        ("application/x-www-form-urlencoded", b"phone=" + b"1" * 1_100_000),
        ("", b"\xff\xfe"),
    ],
)
def test_no_body_breaks_it(content_type: str, body: bytes, page: SignupPage) -> None:
    answer = Client().post(f"/join/{page.slug}/", data=body, content_type=content_type)
    assert answer.status_code in {400, 413}


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
def test_it_is_opened_and_sent_and_nothing_else(method: str, page: SignupPage) -> None:
    assert getattr(Client(), method)(f"/join/{page.slug}/").status_code == 405


def test_what_a_browser_says_of_itself_is_cut_and_cleaned(
    page: SignupPage, noon: time_machine.Traveller
) -> None:
    answer: Any = Visitor(page, noon).sends(headers={"User-Agent": "A\0" * 900})
    assert answer.status_code == 200
    assert Message.objects.count() == 1
