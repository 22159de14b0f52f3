"""People see and take along what is kept about them, and ask to be erased, on their preference page."""

import datetime as dt
import io
import json
import zipfile

import pytest
import time_machine

from contacts import clock
from inbox.models import Note
from tests import calls
from tests.cast import Cast
from tests.preferences_visitor import Reader, acts, said
from webhooks.preferences import words
from webhooks.public.wordings import Wordings

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
DAY = dt.timedelta(days=1)


def test_it_shows_all_that_is_kept_and_gives_it_away(acme: Cast, maria: Reader) -> None:
    calls.text(acme.sender, maria.point, "do you have oat milk?")
    page = said(maria.presses("data", where="/data"))
    assert "do you have oat milk?" in page
    answer = maria.presses("download", where="/data")
    assert answer["Cache-Control"] == "no-store"
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert {"person.html", "person.json", "receipts.json"} <= set(archive.namelist())
    [chain] = json.loads(archive.read("receipts.json"))
    assert chain["events"] == len(chain["receipts"]) == 1


def test_the_data_of_others_is_not_in_it(acme: Cast, rival: Cast, maria: Reader) -> None:
    other = acme.person()
    theirs = rival.person(maria.point.address)
    calls.text(acme.sender, other, "a secret of mine")
    calls.text(rival.sender, theirs, "a secret of ours")
    assert "secret" not in said(maria.presses("data", where="/data"))


def test_a_link_shows_no_data_after_thirty_days_and_still_leaves(
    acme: Cast, maria: Reader, noon: time_machine.Traveller
) -> None:
    calls.text(acme.sender, maria.point, "do you have oat milk?")
    noon.shift(31 * DAY)
    page = said(maria.presses("data", where="/data"))
    assert "oat milk" not in page
    assert "more than 30 days old" in page
    assert "oat milk" in said(Reader(maria.point).presses("data", where="/data"))
    assert "You have left everything" in said(maria.presses("leave"))


def test_data_is_shown_to_a_pressed_button_alone(maria: Reader) -> None:
    answer = maria.opens("/data")
    assert (answer.status_code, answer["Location"]) == (302, maria.path)
    assert "Please press again" in said(maria.presses("data", where="/data", token=""))
    assert maria.client.post("/p/nothing/data").status_code in {404, 429}


def test_who_asks_to_be_erased_waits_for_a_person_and_is_not_erased_yet(acme: Cast, maria: Reader) -> None:
    assert "Your request is with a person now." in said(maria.presses("erase"))
    maria.presses("erase")
    note = Note.objects.get()
    assert "erase everything about me" in note.text
    assert maria.point.address not in note.text
    assert (note.by_contact, note.thread.waiting_since) == (True, clock.now())
    assert acts(maria.point) == []
    maria.point.refresh_from_db()
    assert not maria.point.is_erased


def test_the_data_page_speaks_the_readers_language_and_leads_back(acme: Cast, maria: Reader) -> None:
    calls.text(acme.sender, maria.point, "do you have oat milk?")
    page = said(maria.presses("data", where="/data", **{"Accept-Language": "es"}))
    assert '<html lang="es">' in page
    assert "Sus datos en Acme Coffee" in page
    assert f'href="{maria.path}?lang=es"' in page
    assert "do you have oat milk?" in page
    archive = zipfile.ZipFile(io.BytesIO(
        maria.presses("download", where="/data", **{"Accept-Language": "es"}).content
    ))  # fmt: skip
    taken_along = archive.read("person.html").decode()
    assert "Sus datos en Acme Coffee" in taken_along
    assert "/p/" not in taken_along


def test_the_data_page_has_words_in_every_language_of_the_preference_page() -> None:
    ours = Wordings("smsapp.privacy")
    assert set(ours.languages()) == set(words.languages())
    assert len({frozenset(ours.of(language)) for language in ours.languages()}) == 1
