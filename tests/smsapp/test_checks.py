"""The product refuses to start with settings that break a promise, and says which."""

import pytest
from django.conf import settings

from smsapp.checks import settings_are_safe

_REAL = {
    "TWILIO_API_BASE_URL": "",
    "PUBLIC_BASE_URL": "https://sms.example",
    "IS_SIGNING_KEY_KEPT": False,
}


def found() -> set[str]:
    return {str(error.id) for error in settings_are_safe()}


def test_as_it_comes_it_starts() -> None:
    assert found() == set()


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        (_REAL | {"PUBLIC_BASE_URL": "http://sms.example"}, "smsapp.E001"),
        ({"POST_WITHIN_SECONDS": 3, "TWILIO_TIMEOUT_SECONDS": 27, "LEASE_SECONDS": 30}, "smsapp.E002"),
        (_REAL | {"CLOCK_OFFSET_SECONDS": 60}, "smsapp.E003"),
        (_REAL | {"IS_SIGNING_KEY_KEPT": True}, "smsapp.E004"),
        ({"TWILIO_TIMEOUT_SECONDS": 3.9, "TWILIO_CONNECT_SECONDS": 2}, "smsapp.E005"),
    ],
)
def test_unsafe_settings_are_refused(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, object], refusal: str
) -> None:
    for name, value in told.items():
        monkeypatch.setattr(settings, name, value)
    assert found() == {refusal}


def test_at_the_bound_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "TWILIO_TIMEOUT_SECONDS", 4)
    monkeypatch.setattr(settings, "TWILIO_CONNECT_SECONDS", 2)
    assert found() == set()
