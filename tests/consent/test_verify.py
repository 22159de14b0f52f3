"""The verification of an honest ledger, what it prints, and that no spelling gets past it."""

import datetime as dt
import io
import json
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent import ledger, sealing, verifying
from consent.models import Act, Basis, ConsentEvent, Method, TreeHead
from consent.verifying_findings import masked
from consent.verifying_leaves import Leaves
from consent.verifying_quick import Pass, Passed
from consent.verifying_rows import Row, events, only
from contacts.models import ContactPoint
from tests.cast import Cast
from tests.ledger_story import exported, kinds, lived_in, tamper, verify
from tests.people import many

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def test_an_honest_ledger_is_whole(acme: Cast, rival: Cast) -> None:
    lived_in(acme)
    rival.person()
    told = verify()
    assert told["findings"] == []
    assert (told["brands"], told["events"], told["sealed"], told["waiting_for_seals"]) == (2, 11, 10, 1)
    assert (told["evidence"], told["heads"], told["disclosures"], told["subscriptions"]) == (7, 2, 2, 10)
    assert told["rows_per_s"] > 0


def test_an_installation_without_brands_is_whole(db: None) -> None:
    assert verify()["is_whole"]


def test_a_log_of_several_tiles_is_whole(acme: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "PAGE", 100)
    monkeypatch.setattr("consent.verifying_quick.STEP", 64)
    for _ in range(4):
        acme.person()
    many(acme, 300)
    sealing.seal_due()
    told = verify("--no-subscriptions")
    assert told["findings"] == []
    assert (told["events"], told["heads"]) == (304, 4)


def test_one_brand_alone_is_verified(acme: Cast, rival: Cast) -> None:
    lived_in(acme)
    rival.person()
    tamper("UPDATE consent_consentevent SET actor = 'x' WHERE brand_id = %s", rival.brand.id)
    assert verify("--brand", "acme")["is_whole"]
    assert kinds(verify("--brand", "rival")) == {"event_changed"}


def test_heads_held_outside_are_shown_to_be_beginnings_of_the_log(acme: Cast, tmp_path: Path) -> None:
    lived_in(acme)
    file = tmp_path / "heads.jsonl"
    file.write_text("".join(f"{json.dumps(head)}\n" for head in exported(acme)) + "\n")
    acme.person()
    sealing.seal(acme.brand.id)
    told = verify("--heads", str(file))
    assert (told["is_whole"], told["held_heads"]) == (True, 2)


@pytest.mark.parametrize(("line", "trouble"), [
    ("no json", "line 1: not JSON"),
    ("[]", "line 1: not a JSON object"),
    ("{}", "line 1: brand is missing"),
    ('{"brand": "x"}', "line 1: brand must be an id"),
])  # fmt: skip
def test_a_file_of_heads_that_cannot_be_read_is_an_error_and_no_finding(
    acme: Cast, tmp_path: Path, line: str, trouble: str
) -> None:
    file = tmp_path / "heads.jsonl"
    file.write_text(line)
    with pytest.raises(CommandError, match=trouble) as error:
        verify("--heads", str(file))
    assert error.value.returncode == 2


@pytest.mark.parametrize("arguments", [
    ["--heads", "/nowhere/heads.jsonl"], ["--key", "abc"], ["--brand", "nobody"], ["--point", "+12065559999"],
])  # fmt: skip
def test_a_mistake_in_the_arguments_is_an_error_and_no_finding(acme: Cast, arguments: list[str]) -> None:
    with pytest.raises(CommandError) as error:
        verify(*arguments)
    assert error.value.returncode == 2


def test_one_number_is_verified_with_its_places_in_the_newest_tree(acme: Cast) -> None:
    points = lived_in(acme)
    told = verify("--point", points[0].address)
    assert (told["is_whole"], told["events"], told["sealed"], told["heads"]) == (True, 3, 3, 1)


@pytest.mark.parametrize(("statement", "kind"), [
    ("UPDATE consent_consentevent SET act = 'held' WHERE seq = 2 AND {of_point}", "event_changed"),
    ("UPDATE consent_seal SET position = 77 WHERE position = 5", "leaf_differs"),
    ("DELETE FROM consent_evidence WHERE event_id IN (SELECT id FROM consent_consentevent WHERE {of_point})",
     "evidence_gone"),
    ("UPDATE consent_treetile SET hashes = set_byte(hashes, 40, 255 - get_byte(hashes, 40))", "leaf_differs"),
    ("UPDATE consent_treehead SET signature = 'x' WHERE size = 10", "head_unsigned"),
    ("DELETE FROM consent_treetile", "head_wrong"),
])  # fmt: skip
def test_what_is_wrong_with_one_number_is_found(acme: Cast, statement: str, kind: str) -> None:
    points = lived_in(acme)
    tamper(statement.replace("{of_point}", f"point_id = '{points[0].id}'"))
    assert kind in kinds(verify("--point", points[0].address))


def test_one_number_before_the_first_seal_is_whole(acme: Cast) -> None:
    point = acme.person()
    told = verify("--point", point.address)
    assert (told["is_whole"], told["waiting_for_seals"], told["heads"]) == (True, 1, 0)


def test_events_that_wait_too_long_for_their_seals_are_found(
    acme: Cast, noon: time_machine.Traveller
) -> None:
    first, _ = acme.person(), acme.person()
    noon.shift(dt.timedelta(minutes=5))
    assert verify()["is_whole"]
    noon.shift(1)
    [finding] = verify()["findings"]
    assert finding["kind"] == "not_sealed"
    assert finding["row"] == str(ConsentEvent.objects.get(point=first).id)
    assert finding["said"].endswith("in all 2 wait")


def said(*arguments: str) -> str:
    out = io.StringIO()
    with suppress(SystemExit):
        call_command("consent_verify", *arguments, stdout=out)
    return out.getvalue()


def test_it_speaks_in_sentences(acme: Cast) -> None:
    points = lived_in(acme)
    assert "Nothing is wrong: no event was changed, taken out or put in." in said()
    tamper("UPDATE consent_consentevent SET act = 'held' WHERE point_id = %s AND seq = 2", points[0].id)
    event = ConsentEvent.objects.get(point=points[0], seq=2)
    text = said("--no-subscriptions")
    number = f"{points[0].address[:3]}…{points[0].address[-2:]}"
    assert f"consent_consentevent {event.id}, number {number}, event 2 of its chain" in text
    assert "The event is not what was recorded." in text
    assert points[0].address not in text


def test_a_long_list_of_findings_is_cut_on_screen_and_whole_in_json(
    acme: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consent.management.commands.consent_verify.PRINTED", 3)
    for _ in range(7):
        acme.person()
    tamper("UPDATE consent_consentevent SET actor = 'nobody'")
    assert len(verify("--no-subscriptions")["findings"]) == 7
    text = said("--no-subscriptions")
    assert text.count("The event is not what was recorded.") == 3
    assert "… and 4 more; --json lists them all." in text


def test_off_a_terminal_progress_is_a_line_now_and_then(
    acme: Cast, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("consent.management.commands.consent_verify.SECONDS_BETWEEN_LINES", -1)
    lived_in(acme)
    said()
    assert "events: 10 of 10\n" in capsys.readouterr().err


def test_a_masked_number_is_not_the_number() -> None:
    assert masked("+12065550123") == "+12…23"
    assert masked("") == "a number that is not known"


def test_what_is_sealed_while_it_reads_does_not_disturb_it(acme: Cast) -> None:
    """Within a test there is one transaction; that a snapshot is asked for is what can be seen here."""
    lived_in(acme)
    report = verifying.verify(believed=[TreeHead.objects.latest("size").key.public_key])
    assert report.findings == []


def doubtful(point: ContactPoint) -> list[uuid.UUID]:
    """The number itself, unless the quick pass proves its chain."""
    passed = Passed()
    with Leaves(0) as leaves:
        sum(Pass(connection.connection, leaves, passed).read(point.brand_id, only(point.id)))
    return passed.doubtful


# What PostgreSQL's text can hold: everything but NUL and lone surrogates.
WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
EDGES = dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30)  # noqa: DTZ001 - hypothesis gives them their zones
MOMENTS = st.datetimes(*EDGES, timezones=st.timezones() | st.just(dt.UTC))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    actor=WORDS,
    purposes=st.lists(WORDS, max_size=3),
    occurred_at=MOMENTS,
    until=st.none() | MOMENTS,
    basis=st.sampled_from(Basis.values),
    act=st.sampled_from(Act.values),
    method=st.sampled_from(Method.values),
    has_program=st.booleans(),
    evidence=st.dictionaries(
        WORDS, WORDS | st.integers() | st.booleans() | st.none() | st.lists(WORDS), max_size=3
    ),
)
def test_an_event_is_never_called_changed_whatever_it_holds(
    acme: Cast, has_program: bool, evidence: dict[str, Any], **fields: Any
) -> None:
    point = acme.person(agrees_to=())
    fields["purposes"] = tuple(fields["purposes"])
    event = ledger.record(
        ledger.Entry(
            point_id=point.id,
            program_id=acme.program.id if has_program else None,
            disclosure_id=acme.disclosure.id if has_program else None,
            evidence=evidence,
            **fields,
        )
    )
    words = "".join([event.actor, *event.purposes])
    if words.isalnum() and all(event.purposes) and "null" not in words.lower():
        assert doubtful(point) == []
    assert verifying.verify_point(point, believed=[]).findings == []


@pytest.mark.parametrize(("recorded", "forged"), [
    ('a"b', 'a\\"b'), ("tab\there", "tab\\there"), ("back\\slash", "back\\\\slash"), ("é", "e\u0301"),
    ("customer", 'customer","basis":"express'), ("a\nb", "a\\nb"), ("x", ""), ("\x7f", "\\u007f"),
])  # fmt: skip
def test_no_other_text_passes_for_the_one_that_was_hashed(acme: Cast, recorded: str, forged: str) -> None:
    """The quick way puts texts together without escapes; nobody may gain by writing the escapes themselves."""
    point = acme.person(agrees_to=())
    ledger.record(ledger.Entry(point_id=point.id, act=Act.REVOKED, method=Method.KEYWORD, actor=recorded))
    assert verify("--point", point.address)["is_whole"]
    tamper("UPDATE consent_consentevent SET actor = %s", forged)
    assert kinds(verify("--point", point.address)) == {"event_changed"}


@pytest.mark.parametrize("purposes", [("a,b",), ("a", "b"), ("{a}",), ("NULL",), ("",), ('"',)])
def test_no_other_purposes_pass_for_those_that_were_hashed(acme: Cast, purposes: tuple[str, ...]) -> None:
    point = acme.person(agrees_to=())
    ledger.record(
        ledger.Entry(
            point_id=point.id, act=Act.REVOKED, method=Method.KEYWORD, actor="customer", purposes=purposes
        )
    )
    assert verify("--point", point.address)["is_whole"]
    for forged in ("{}", '{"a,b"}', "{a,b}", '{"{a}"}', '{"NULL"}', '{""}', "{b,a}", "{{a,b}}"):
        tamper("UPDATE consent_consentevent SET purposes = %s", forged)
        is_same = list(ConsentEvent.objects.values_list("purposes", flat=True)) == [list(purposes)]
        assert verify("--point", point.address)["is_whole"] is is_same


@pytest.mark.parametrize(
    "value", [1e16, 1e-7, 0.1, -0.0, 2**80, "\u2028", '"\\', ["x", {"b": 1, "a": None}], "\x7f"]
)
def test_evidence_that_is_spelled_otherwise_elsewhere_is_no_finding(acme: Cast, value: Any) -> None:
    point = acme.person(agrees_to=())
    ledger.record(
        ledger.Entry(
            point_id=point.id, act=Act.REVOKED, method=Method.KEYWORD, actor="customer",
            evidence={"value": value, "é": "Z", "z": 1},
        )
    )  # fmt: skip
    assert verify("--point", point.address)["is_whole"]


def test_a_row_without_a_place_or_evidence_has_nulls(acme: Cast) -> None:
    point = acme.person(agrees_to=())
    acme.stop(point)
    [row] = [Row(*each) for each in events(connection.connection, acme.brand.id, only(point.id))]
    assert (row.position, row.salt, row.evidence) == (b"", b"", b"")
    assert uuid.UUID(row.point_id.decode()) == point.id
