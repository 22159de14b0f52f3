"""The admin's buttons and forms do what they say, and refuse in words."""

import pytest
from django.urls import reverse

from campaigns.models import Campaign, CampaignStatus, Stage
from consent.models import Disclosure, Program
from contacts import clock
from tests.admin_story import Story, client_of, tell, url
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def story(acme: Cast) -> Story:
    return tell(acme)


def test_one_click_pauses_the_brand_and_one_lets_it_go_on(story: Story) -> None:
    brand = story.cast.brand
    client = client_of(story.cast.team["owner"])
    client.post(url("contacts.Brand", "pause", brand.pk))
    brand.refresh_from_db()
    assert brand.paused_at == clock.now()
    assert "Nothing automatic goes out" in client.get(reverse("admin:index")).content.decode()
    client.post(url("contacts.Brand", "pause", brand.pk), {"do": "resume"})
    brand.refresh_from_db()
    assert brand.paused_at is None


def test_a_halted_sender_says_why_and_is_resumed(story: Story) -> None:
    sender = story.cast.sender
    sender.halted_at, sender.halted_why = clock.now(), "The number is not registered for this traffic"
    sender.save()
    client = client_of(story.cast.team["owner"])
    assert (
        "The number is not registered"
        in client.get(url("messaging.Sender", "change", sender.pk)).content.decode()
    )
    client.post(url("messaging.Sender", "halt", sender.pk))
    sender.refresh_from_db()
    assert sender.problem == ""


def test_a_page_that_changes_something_does_not_listen_to_get(story: Story) -> None:
    client = client_of(story.cast.team["owner"])
    for address in (
        url("contacts.Brand", "pause", story.cast.brand.pk),
        url("campaigns.Campaign", "move", story.campaign.pk, "launch"),
        url("campaigns.Journey", "switch", story.rows["campaigns.Journey"].pk),
        reverse("inbox:reply", args=[story.thread.pk]),
        reverse("inbox:act", args=[story.thread.pk, "close-number"]),
    ):
        assert client.get(address).status_code == 405, address


def test_a_launch_without_a_sender_is_refused_in_words(story: Story) -> None:
    story.cast.program.routes.all().delete()
    client = client_of(story.cast.team["marketer"])
    answer = client.post(url("campaigns.Campaign", "move", story.campaign.pk, "launch"), follow=True)
    assert "has no sender" in answer.content.decode()
    assert Campaign.objects.get(pk=story.campaign.pk).status == CampaignStatus.DRAFT


def test_a_launched_text_cannot_be_edited(story: Story) -> None:
    client = client_of(story.cast.team["marketer"])
    client.post(url("campaigns.Campaign", "move", story.campaign.pk, "launch"))
    client.post(
        url("campaigns.Campaign", "change", story.campaign.pk), {"body": "Something else", "name": "x"}
    )
    assert Campaign.objects.get(pk=story.campaign.pk).body == story.campaign.body


def test_a_campaign_with_a_slip_in_its_text_is_not_saved(story: Story) -> None:
    form = {
        "brand": story.cast.brand.id, "program": story.cast.program.id, "name": "Slip", "slug": "slip",
        "purpose": "marketing", "value": "offer", "body": "Hi {{ first_name }}",
    }  # fmt: skip
    answer = client_of(story.cast.team["marketer"]).post(url("campaigns.Campaign", "add"), form)
    assert answer.status_code == 200
    assert not Campaign.objects.filter(slug="slip").exists()


@pytest.mark.parametrize(
    ("body", "is_saved"), [("Acme: wine is 20 % off", False), ("GRIND FINER FOR A SWEETER CUP", True)]
)
def test_a_text_that_carriers_filter_is_not_saved_and_a_clumsy_one_is_saved_with_a_word(
    story: Story, body: str, is_saved: bool
) -> None:
    form = {
        "brand": story.cast.brand.id, "program": story.cast.program.id, "name": "New", "slug": "new",
        "purpose": "marketing", "value": "offer", "body": body,
    }  # fmt: skip
    answer = client_of(story.cast.team["marketer"]).post(url("campaigns.Campaign", "add"), form, follow=True)
    assert Campaign.objects.filter(slug="new").exists() is is_saved
    assert ("shouting" if is_saved else "“wine”") in answer.content.decode()


@pytest.mark.parametrize(("body", "is_saved"), [("Hello", False), ("Hello from Acme. STOP to end", True)])
def test_a_journeys_first_stage_says_who_writes_and_how_to_leave(
    story: Story, body: str, is_saved: bool
) -> None:
    journey = story.rows["campaigns.Journey"]
    stage = Stage.objects.get(journey=journey.pk)
    form = {
        "program": story.cast.program.id, "name": "First cups", "slug": "first", "goal_attribute": "",
        "stages-TOTAL_FORMS": 1, "stages-INITIAL_FORMS": 1, "stages-0-id": stage.pk, "stages-0-journey": journey.pk,
        "stages-0-position": 1, "stages-0-name": "Hello", "stages-0-purpose": "marketing", "stages-0-value": "care",
        "stages-0-wait": "2 days", "stages-0-body": body,
    }  # fmt: skip
    answer = client_of(story.cast.team["marketer"]).post(url("campaigns.Journey", "change", journey.pk), form)
    assert answer.status_code == (302 if is_saved else 200)
    stage.refresh_from_db()
    assert stage.name == ("Hello" if is_saved else f"{story.secret} hello")


def test_a_template_may_speak_of_wine_where_a_program_has_the_age_gate(story: Story) -> None:
    form = {
        "brand": story.cast.brand.id,
        "name": "Wine",
        "slug": "wine",
        "value": "offer",
        "body": "New wine is in",
    }
    marketer = client_of(story.cast.team["marketer"])
    assert marketer.post(url("campaigns.Template", "add"), form).status_code == 200
    Program.objects.filter(pk=story.cast.program.pk).update(age_gate=21)
    assert marketer.post(url("campaigns.Template", "add"), form).status_code == 302


def test_a_repeated_slug_is_an_error_in_the_form(story: Story) -> None:
    second = Campaign.objects.create(
        brand=story.cast.brand, program=story.cast.program, slug="second", name="Second", purpose="marketing",
        value="offer", body="Hello", created_at=clock.now(),
    )  # fmt: skip
    form = {
        "program": story.cast.program.id, "name": "Second", "slug": story.campaign.slug, "purpose": "marketing",
        "value": "offer", "body": "Hello",
    }  # fmt: skip
    answer = client_of(story.cast.team["marketer"]).post(url("campaigns.Campaign", "change", second.pk), form)
    assert answer.status_code == 200
    second.refresh_from_db()
    assert second.slug == "second"


def test_a_new_wording_is_a_new_version(story: Story) -> None:
    program = story.cast.program
    form = {
        "name": program.name, "slug": program.slug, "country": "US", "countries": "US,CA", "marketing": "Offers.",
        "informational": "", "frequency": "weekly", "marketing_cap_per_day": 3, "help_text": "Help",
        "marketing_cap_per_week": 6, "marketing_cap_per_month": 16, "offer_share": 50, "offer_window": 4,
        "quiet_after": 4, "question_every": 5, "rest_hours": 2, "silence_days": 540, "texts_voip": "on",
        "fewer_per_week": 1, "confirm_word": "AGREE", "join_words": "ACME",
        "terms_url": program.terms_url, "privacy_url": program.privacy_url,
        "routes-TOTAL_FORMS": 0, "routes-INITIAL_FORMS": 0,
        "disclosures-TOTAL_FORMS": 1, "disclosures-INITIAL_FORMS": 0,
        "disclosures-0-slug": "checkout-2026",
        "disclosures-0-text": "I agree to more.", "disclosures-0-program": program.id,
    }  # fmt: skip
    answer = client_of(story.cast.team["marketer"]).post(url("consent.Program", "change", program.pk), form)
    assert answer.status_code == 302, answer.content.decode()
    latest = Disclosure.objects.filter(slug="checkout-2026").order_by("-version").first()
    assert latest is not None
    assert (latest.version, latest.text, len(latest.sha256)) == (2, "I agree to more.", 64)
    program.refresh_from_db()
    assert program.purposes == {"marketing": "Offers."}
