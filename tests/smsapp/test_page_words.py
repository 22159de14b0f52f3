"""Pages speak as people do: dates, waits and attributes in words, and what to do where nothing can be shown."""

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from campaigns.models import Campaign, CampaignStatus, Stage
from consent import opting
from consent.models import CONSENTED, Method
from contacts import clock, pausing
from contacts.models import Contact, ContactImport, Segment
from messaging.models import Decision
from tests.admin_story import Story, client_of, says, tell, url
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "quiet")]


@pytest.fixture
def story(acme: Cast) -> Story:
    return tell(acme)


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_djangos_own_columns_write_dates_as_the_product_does(acme: Cast) -> None:
    root = User.objects.create_superuser("root", password="correct horse")
    User.objects.filter(pk=acme.team["agent"].pk).update(last_login=clock.now())
    assert "18 Nov 2026, 18:00 UTC" in page(client_of(root), reverse("admin:auth_user_changelist"))


def test_who_logs_in_at_the_bare_address_comes_to_today(acme: Cast) -> None:
    form = {"username": "agent@acme", "password": "correct horse"}
    answer = Client().post(reverse("admin:login"), form)
    assert (answer.status_code, answer["Location"]) == (302, reverse("admin:index"))


def test_who_may_not_is_told_who_may(acme: Cast) -> None:
    answer = client_of(acme.team["agent"]).get(reverse("operations"))
    assert answer.status_code == 403
    assert "An owner of the brand can do it for you" in answer.content.decode()


def test_an_address_that_leads_nowhere_leads_back_only_who_works_here(acme: Cast) -> None:
    staff, stranger = (client.get("/nowhere/") for client in (client_of(acme.team["agent"]), Client()))
    assert (staff.status_code, stranger.status_code) == (404, 404)
    assert "Go to Today" in staff.content.decode()
    assert "Go to Today" not in stranger.content.decode()


def test_a_short_name_and_twilios_words_are_explained_to_who_writes_them_and_who_reads_them(
    acme: Cast, story: Story
) -> None:
    for role in ("owner", "auditor"):
        client = client_of(acme.team[role])
        sender = page(client, url("messaging.Sender", "change", acme.sender.pk))
        assert "Messaging Service SID (Twilio)" in sender
        assert "Number or short code" in sender
        for label in ("consent.Program", "contacts.Segment", "campaigns.Template", "campaigns.Journey"):
            assert "Short name (slug)" in page(client, url(label, "change", story.rows[label].pk)), label


def test_the_menu_calls_users_what_their_page_calls_them(admin_client: Client) -> None:
    listed = page(admin_client, reverse("admin:auth_user_changelist"))
    assert "Logins" not in listed


def test_a_segment_offers_the_kinds_of_texts_that_people_agree_to(acme: Cast, story: Story) -> None:
    client, address = client_of(acme.team["owner"]), url("contacts.Segment", "add")
    offered = client.get(address).context["adminform"].form.fields["consents_to"].choices
    assert [kind for kind, _ in offered] == ["", *CONSENTED]
    said = {
        "brand": acme.brand.pk,
        "name": "Filter people",
        "slug": "filter-people",
        "tags": "",
        "attributes": "",
    }
    assert client.post(address, said | {"consents_to": "anything"}).status_code == 200
    assert client.post(address, said | {"consents_to": "marketing"}).status_code == 302
    assert Segment.objects.get(slug="filter-people").consents_to == "marketing"


def test_nobody_waiting_shows_no_number_beside_the_inbox(acme: Cast, story: Story) -> None:
    agent = client_of(acme.team["agent"])
    assert 'pill pill-bad">1</span>' in page(agent, reverse("admin:index"))
    story.thread.waiting_since = None
    story.thread.save()
    assert 'pill pill-bad">0</span>' not in page(agent, reverse("admin:index"))


def test_a_paused_program_is_told_on_today_and_beside_its_campaigns(acme: Cast, story: Story) -> None:
    agent = client_of(acme.team["agent"])
    Campaign.objects.filter(pk=story.campaign.pk).update(
        status=CampaignStatus.SENDING, launched_at=clock.now()
    )
    progress = url("campaigns.Campaign", "progress", story.campaign.pk)
    assert "is paused" not in page(agent, reverse("admin:index")) + page(agent, progress)
    pausing.pause(acme.program, by=acme.team["owner"], why="wrong date")
    today = page(agent, reverse("admin:index"))
    assert "Acme Coffee Club is paused by owner@acme." in today
    assert "“wrong date”" in today
    assert "The program is paused: nothing leaves until it is let go on." in page(agent, progress)
    pausing.pause(acme.brand)
    assert "The brand is paused: nothing leaves" in page(agent, progress)
    pausing.pause(None)
    assert "Everything is paused: nothing leaves" in page(agent, progress)


def stage_form(story: Story, wait: str) -> dict[str, object]:
    journey = story.rows["campaigns.Journey"]
    return {
        "program": story.cast.program.id, "name": "First cups", "slug": "first", "goal_attribute": "",
        "stages-TOTAL_FORMS": 1, "stages-INITIAL_FORMS": 1, "stages-0-journey": journey.pk,
        "stages-0-id": Stage.objects.get(journey=journey.pk).pk, "stages-0-position": 1, "stages-0-name": "Hello",
        "stages-0-purpose": "marketing", "stages-0-value": "care", "stages-0-wait": wait,
        "stages-0-body": "Hello from Acme. STOP to end",
    }  # fmt: skip


def test_the_wait_of_a_stage_is_read_and_written_in_words(story: Story) -> None:
    journey = story.rows["campaigns.Journey"]
    address = url("campaigns.Journey", "change", journey.pk)
    marketer = client_of(story.cast.team["marketer"])
    assert 'value="2 days"' in page(marketer, address)
    assert marketer.post(address, stage_form(story, "1 hour 30 minutes")).status_code == 302
    assert Stage.objects.get(journey=journey.pk).wait == dt.timedelta(minutes=90)
    refused = marketer.post(address, stage_form(story, "a while"))
    assert "is no wait; write e.g." in refused.content.decode()


def segment_form(story: Story, attributes: str) -> dict[str, object]:
    return {
        "brand": story.cast.brand.id, "name": "Filter", "slug": "filter", "tags": "", "attributes": attributes,
        "consents_to": "", "joined_since_0": "", "joined_since_1": "",
    }  # fmt: skip


def test_attributes_are_a_name_and_a_value_a_line(story: Story) -> None:
    segment = Segment.objects.get(pk=story.rows["contacts.Segment"].pk)
    Segment.objects.filter(pk=segment.pk).update(attributes={"orders": 3, "favourite": "filter: strong"})
    address = url("contacts.Segment", "change", segment.pk)
    marketer = client_of(story.cast.team["marketer"])
    assert "orders: 3\nfavourite: filter: strong" in page(marketer, address)
    typed = "orders: 3\n\n favourite : espresso\nroast: 4"
    assert marketer.post(address, segment_form(story, typed)).status_code == 302
    segment.refresh_from_db()
    assert segment.attributes == {"orders": 3, "favourite": "espresso", "roast": "4"}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("filter", "“filter” has no name and value."),
        ("a: 1\na: 2", "“a: 2” is there twice."),
        (": x", "“: x”"),
    ],
)
def test_a_line_that_is_no_attribute_is_named(story: Story, typed: str, told: str) -> None:
    address = url("contacts.Segment", "change", story.rows["contacts.Segment"].pk)
    answer = client_of(story.cast.team["marketer"]).post(address, segment_form(story, typed))
    assert answer.status_code == 200
    assert told in answer.content.decode()


def test_who_only_reads_a_person_reads_the_attributes_in_words(story: Story) -> None:
    address = url("contacts.Contact", "change", story.point.contact_id)
    read = page(client_of(story.cast.team["auditor"]), address)
    assert "<div>favourite: filter</div>" in read
    assert "{&quot;favourite" not in read


def test_a_marketer_changes_a_persons_attributes(story: Story) -> None:
    address = url("contacts.Contact", "change", story.point.contact_id)
    form = {"first_name": "Mia", "attributes": "favourite: moka", "tags": ""}
    inline = {"points-TOTAL_FORMS": 1, "points-INITIAL_FORMS": 1, "points-0-id": story.point.id}
    answer = client_of(story.cast.team["marketer"]).post(address, form | inline)
    assert answer.status_code == 302
    assert Contact.objects.get(id=story.point.contact_id).attributes == {"favourite": "moka"}


def test_the_list_of_imports_says_what_became_of_the_rows(story: Story) -> None:
    ContactImport.objects.filter(pk=story.rows["contacts.ContactImport"].pk).update(rows=1200, accepted=1199)
    listed = page(client_of(story.cast.team["owner"]), url("contacts.ContactImport", "changelist"))
    assert "1,199 accepted" in listed
    assert "1 refused" in listed
    assert "left, number closed" not in listed


def test_the_boxes_of_a_row_say_what_they_are(story: Story) -> None:
    shown = page(client_of(story.cast.team["owner"]), url("consent.Program", "change", story.cast.program.pk))
    assert 'aria-label="Sender"' in shown
    assert 'aria-label="Priority"' in shown


def test_a_decision_is_named_in_words(acme: Cast) -> None:
    acme.stop(point := acme.person())
    says(acme, point, "Grind finer")
    assert str(Decision.objects.latest("id")) == "Refused: Asked to get no more texts"


def test_how_a_number_closed_is_said_as_people_say_it(acme: Cast) -> None:
    closings = {
        Method.KEYWORD: "Closed by keyword", Method.SUPPORT: "Closed through support",
        Method.PREFERENCES: "Closed on the preference page", Method.PLAIN_WORDS: "Closed in plain words",
    }  # fmt: skip
    owner = client_of(acme.team["owner"])
    for method, words in closings.items():
        point = acme.person()
        opting.close(point.id, method=method, evidence={})
        assert words in page(owner, url("contacts.Contact", "change", point.contact_id))
