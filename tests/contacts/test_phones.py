# ruff: noqa: RUF001 - look-alike letters are what these tests are about
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.phones import BadPhone, PhoneProblem, channel_address, country_of, parse

SPELLINGS = [
    "+14055554956",
    "+1 (405) 555-4956",
    "+1 405 555 4956",
    "1 405 555 4956",
    "(405) 555-4956",
    "405.555.4956",
    "405-555-4956",
    " 4055554956 ",
    "0014055554956",
    "011 1 405 555 4956",
]


@pytest.mark.parametrize("raw", SPELLINGS)
def test_every_spelling_is_the_same_number(raw: str) -> None:
    phone = parse(raw, country="US")
    assert (phone.e164, phone.country) == ("+14055554956", "US")


@pytest.mark.parametrize(
    ("raw", "country", "e164", "own_country"),
    [
        ("+1 416 555 6648", "US", "+14165556648", "CA"),
        ("416 555 6648", "CA", "+14165556648", "CA"),
        ("(787) 555-9994", "US", "+17875559994", "PR"),
        ("+44 7400 123456", "US", "+447400123456", "GB"),
        ("07400 123456", "GB", "+447400123456", "GB"),
        ("0044 7400 123456", "DE", "+447400123456", "GB"),
        ("011 44 7400 123456", "US", "+447400123456", "GB"),
        ("+44 7700 900502", "GB", "+447700900502", "GB"),
        ("+1 500 555 0006", "US", "+15005550006", "US"),
        ("２０６５５５７９９１", "US", "+12065557991", "US"),
        ("\u202a+12065557991\u202c", "US", "+12065557991", "US"),
    ],
)
def test_a_number_keeps_its_own_country(raw: str, country: str, e164: str, own_country: str) -> None:
    phone = parse(raw, country=country)
    assert (phone.e164, phone.country) == (e164, own_country)


@pytest.mark.parametrize(
    ("raw", "country", "reason"),
    [
        ("", "US", PhoneProblem.MISSING),
        ("   ", "US", PhoneProblem.MISSING),
        ("call me maybe", "US", PhoneProblem.NOT_A_NUMBER),
        ("1-800-FLOWERS", "US", PhoneProblem.NOT_A_NUMBER),
        ("2065557991 x5", "US", PhoneProblem.NOT_A_NUMBER),
        ("2065557991#5", "US", PhoneProblem.NOT_TEXTABLE),
        ("2.0655579911E+10", "US", PhoneProblem.NOT_A_NUMBER),
        ("Robert'); DROP TABLE contacts;--", "US", PhoneProblem.NOT_A_NUMBER),
        ("+", "US", PhoneProblem.NOT_A_NUMBER),
        ("860-555-197", "US", PhoneProblem.TOO_SHORT),
        ("555-7991", "US", PhoneProblem.TOO_SHORT),
        ("20655579911", "US", PhoneProblem.TOO_LONG),
        ("2065557991 / 2065557992", "US", PhoneProblem.TOO_LONG),
        ("+99912345678", "US", PhoneProblem.UNKNOWN_COUNTRY),
        ("2065557991", "", PhoneProblem.UNKNOWN_COUNTRY),
        ("2065557991", "XX", PhoneProblem.UNKNOWN_COUNTRY),
        ("1155557991", "US", PhoneProblem.INVALID_FOR_COUNTRY),
        ("+65 666 666 666", "US", PhoneProblem.IMPOSSIBLE),
        ("900 555 7991", "US", PhoneProblem.PREMIUM_RATE),
        ("1-800-555-0197", "US", PhoneProblem.TOLL_FREE),
        ("+44 20 7946 0000", "GB", PhoneProblem.LANDLINE),
        ("+44 70 1234 5678", "GB", PhoneProblem.NOT_TEXTABLE),
    ],
)
def test_a_bad_number_is_refused_with_its_reason(raw: str, country: str, reason: PhoneProblem) -> None:
    with pytest.raises(BadPhone) as refused:
        parse(raw, country=country)
    assert refused.value.reason == reason
    assert refused.value.detail


@given(st.text(max_size=30), st.sampled_from(["US", "CA", "GB", "FR", "", "??"]))
def test_any_text_is_a_number_or_a_reason(raw: str, country: str) -> None:
    with suppress(BadPhone):
        phone = parse(raw, country=country)
        assert phone.e164[1:].isdecimal()
        assert parse(phone.e164, country="US") == phone


@given(
    st.integers(2, 9),
    st.integers(0, 9999999),
    st.sampled_from(["{a} {b} {c}", "({a}) {b}-{c}", "1.{a}.{b}.{c}"]),
)
def test_no_digit_is_ever_added_dropped_or_swapped(first: int, rest: int, spelling: str) -> None:
    digits = f"{first}12{rest:07}"
    raw = spelling.format(a=digits[:3], b=digits[3:6], c=digits[6:])
    with suppress(BadPhone):
        assert parse(raw, country="US").e164 == f"+1{digits}"


@pytest.mark.parametrize(
    ("address", "split"),
    [
        ("+12065557991", ("sms", "+12065557991")),
        ("whatsapp:+12065557991", ("whatsapp", "+12065557991")),
        ("WhatsApp:US.1349", ("whatsapp", "US.1349")),
        ("messenger:123", ("messenger", "123")),
        ("rcs:brand:agent", ("rcs", "brand:agent")),
        ("24273", ("sms", "24273")),
    ],
)
def test_a_channel_address_is_split(address: str, split: tuple[str, str]) -> None:
    assert channel_address(address) == split


@pytest.mark.parametrize(
    ("e164", "country"),
    [
        ("+12065557991", "US"),
        ("+14165556648", "CA"),
        ("+447700900502", "GB"),
        ("+18005550199", "US"),
        ("24273", ""),
    ],
)
def test_it_knows_whose_number_it_is(e164: str, country: str) -> None:
    assert country_of(e164) == country
