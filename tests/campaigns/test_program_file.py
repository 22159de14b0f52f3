"""A program file: whole or not at all, again without effect, never deleting, never rewriting history."""

import datetime as dt
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from campaigns import program_file
from campaigns.models import Campaign, CampaignStatus, Journey, Stage, Template
from consent.models import Disclosure, Program
from contacts.models import Brand, Segment
from messaging.models import Route, Sender
from tests.cast import Cast

ROOT = Path(__file__).resolve().parents[2]
ACME = (ROOT / "programs" / "acme.toml").read_text()

pytestmark = pytest.mark.django_db


def apply(text: str, *, is_dry_run: bool = False) -> list[str]:
    return [str(change) for change in program_file.apply(program_file.parse(text), is_dry_run=is_dry_run)]


def problems(text: str) -> dict[str, str]:
    with pytest.raises(program_file.BadProgramFile) as caught:
        apply(text)
    return {problem.path: problem.words for problem in caught.value.problems}


def test_the_sample_file_makes_a_brand_with_everything_it_needs_to_text() -> None:
    apply(ACME)
    program = Program.objects.get(slug="acme-club")
    assert (program.brand.slug, program.countries, program.join_words) == ("acme", ["US", "CA"], ["BREW"])
    assert program.ready_at is not None
    assert Route.objects.get(program=program).sender.address == "+15005550006"
    assert set(program.purposes) == {"marketing", "informational"}
    campaign = Campaign.objects.get(slug="brew-tips")
    assert (campaign.status, campaign.value, campaign.segment) == (CampaignStatus.DRAFT, "know_how", None)
    assert Campaign.objects.get(slug="filter-recipe").segment == Segment.objects.get(slug="filter-people")
    journey = Journey.objects.get(slug="first-cups")
    assert journey.active_since is not None
    waits = list(Stage.objects.filter(journey=journey).order_by("position").values_list("wait", flat=True))
    assert waits[:3] == [dt.timedelta(0), dt.timedelta(days=2), dt.timedelta(days=5)]


def test_the_same_file_a_second_time_finds_nothing_to_do() -> None:
    assert apply(ACME)
    assert apply(ACME) == []


def test_the_demo_file_differs_only_in_how_long_things_take() -> None:
    apply(ACME)
    changes = apply((ROOT / "programs" / "demo.toml").read_text())
    assert changes
    assert all(".wait:" in change or ".marketing_cap_per_day:" in change for change in changes)
    assert '~ stage first-cups/2.wait: "2 days" → "2 seconds"' in changes


def test_a_dry_run_shows_the_same_changes_and_writes_nothing() -> None:
    dry = apply(ACME, is_dry_run=True)
    assert not Brand.objects.exists()
    assert dry == apply(ACME)


def test_a_changed_field_is_shown_with_what_it_was_and_becomes() -> None:
    apply(ACME)
    assert apply(ACME.replace('frequency = "up to 4 msgs/month"', 'frequency = "weekly"')) == [
        '~ program acme-club.frequency: "up to 4 msgs/month" → "weekly"'
    ]


def test_what_the_file_leaves_out_stays() -> None:
    apply(ACME)
    shorter = ACME.split("[[template]]")[0].replace('join_words = ["BREW"]\n', "")
    assert apply(shorter) == []
    assert Program.objects.get().join_words == ["BREW"]
    assert (Template.objects.count(), Campaign.objects.count(), Stage.objects.count()) == (3, 3, 4)


def test_a_stage_that_the_file_no_longer_has_stays_and_is_said() -> None:
    apply(ACME)
    first, second = ACME.split('[[journey.stage]]\nname = "A taste for free"')
    assert second
    (change,) = apply(first)
    assert change.startswith("! journey first-cups.stage 4. A taste for free: is not in the file and stays")
    assert Stage.objects.count() == 4


def test_a_changed_disclosure_is_a_new_version_and_the_old_one_stays() -> None:
    apply(ACME)
    assert apply(ACME.replace('text = "I agree to receive', 'text = "I want to receive')) == [
        "+ disclosure checkout-2026 v2"
    ]
    texts = Disclosure.objects.filter(slug="checkout-2026").order_by("version").values_list("text", flat=True)
    assert [text.split(" to ")[0] for text in texts] == ["I agree", "I want"]


def test_a_changed_purpose_wording_says_loudly_that_nobody_agreed_to_it() -> None:
    apply(ACME)
    program = Program.objects.get()
    before = program.purpose_key("marketing")
    changes = apply(ACME.replace("brewing help, stories and offers.", "whatever we like."))
    assert any(
        change.startswith("! program acme-club.purposes.marketing: NOBODY HAS CONSENTED")
        for change in changes
    )
    program.refresh_from_db()
    assert program.purpose_key("marketing") != before


def test_the_warning_counts_those_who_agreed_to_the_old_wording(acme: Cast) -> None:
    acme.person()
    acme.person()
    text = ACME.replace("brewing help, stories and offers.", "whatever we like.")
    assert any("2 agreed to the old one" in change for change in apply(text))


@pytest.mark.parametrize(
    "status", [CampaignStatus.SCHEDULED, CampaignStatus.SENDING, CampaignStatus.FINISHED]
)
def test_the_body_of_a_launched_campaign_cannot_change(status: str) -> None:
    apply(ACME)
    Campaign.objects.filter(slug="brew-tips").update(status=status)
    assert apply(ACME) == []
    found = problems(ACME.replace("grind finer", "grind coarser"))
    assert list(found) == ["campaign[0].body"]
    assert "finer" in Campaign.objects.get(slug="brew-tips").body


def test_every_mistake_is_named_at_once_with_its_path_and_what_is_allowed() -> None:
    found = problems(
        ACME.replace('value = "know_how"', 'value = "blast"')
        .replace('support = "help@acme.example"\n', "")
        .replace("segments_per_second = 50", 'segments_per_second = "fast"')
        .replace('frequency = "up', 'frequencey = "up')
        .replace('timezone = "America/New_York"', 'timezone = "Mars/Olympus"')
        .replace('wait = "2 days"', 'wait = "a while"')
        .replace("{{ first_name|default:'Hi' }}, what", "{% nonsense %}, what")
        .replace('terms_url = "https://acme.example/terms"', 'terms_url = "acme terms"')
    )
    assert found["brand.support"] == "is missing"
    assert "America/New_York" in found["brand.timezone"]
    assert "integer" in found["sender[0].segments_per_second"]
    assert found["program.frequencey"].startswith("is not a key here; did you mean frequency?")
    assert found["program.frequency"] == "is missing"
    for value in ("care", "know_how", "offer", "notice"):
        assert value in found["campaign[0].value"]
    assert "2 days" in found["journey[0].stage[1].wait"]
    assert found["template[0].body"]
    assert "https://" in found["program.terms_url"]
    assert not Brand.objects.exists()


def test_references_that_do_not_hold_are_named_at_once() -> None:
    found = problems(
        ACME.replace('sender = "+15005550006"', 'sender = "+15005550009"')
        .replace('segment = "filter-people"', 'segment = "tea-people"')
        .replace('purposes = ["marketing", "informational"]', 'purposes = ["marketing"]')
        .replace('slug = "farm-story"', 'slug = "ask-brewer"')
    )
    assert "[[sender]]" in found["program.sender"]
    assert "filter-people" in found["campaign[1].segment"]
    assert found["campaign[2].purpose"] == "informational is not among program.purposes: marketing"
    assert "already" in found["template[1]"]
    assert "program.purpose_wording.informational" in found
    assert not Brand.objects.exists()


def test_a_number_of_another_brand_is_refused_without_naming_that_brand(rival: Cast) -> None:
    found = problems(ACME.replace("+15005550006", rival.sender.address))
    assert found == {"sender[0]": "+15005550010 belongs to another brand"}


def test_a_join_word_that_already_means_stop_is_refused() -> None:
    assert (
        "stop"
        in problems(ACME.replace('join_words = ["BREW"]', 'join_words = ["stop"]'))["program.join_words[0]"]
    )


def test_only_purposes_that_people_agree_to_can_be_sent() -> None:
    found = problems(
        ACME.replace('purposes = ["marketing", "informational"]', 'purposes = ["conversational"]')
    )
    assert "marketing, informational" in found["program.purposes[0]"]


def test_a_moment_without_a_time_zone_is_refused() -> None:
    text = ACME.replace('slug = "brew-tips"', 'slug = "brew-tips"\nsend_at = 2026-12-01T15:00:00')
    assert "no time zone" in problems(text)["campaign[0].send_at"]


def test_a_program_without_a_disclosure_is_not_ready_until_it_has_one() -> None:
    head, *_ = ACME.split("[[program.disclosure]]")
    assert any("is not ready" in change for change in apply(head))
    assert Program.objects.get().ready_at is None
    apply(ACME)
    assert Program.objects.get().ready_at is not None


def test_a_complete_program_that_a_person_took_back_is_not_made_ready_again() -> None:
    apply(ACME)
    Program.objects.update(ready_at=None)
    apply(ACME)
    assert Program.objects.get().ready_at is None


def test_another_sender_goes_first_and_the_old_one_stays_behind_it() -> None:
    apply(ACME)
    second = '[[sender]]\naddress = "+15005550008"\nkind = "toll_free"\n\n[program]'
    changes = apply(
        ACME.replace("[program]", second, 1).replace('sender = "+15005550006"', 'sender = "+15005550008"')
    )
    assert '~ program acme-club.sender: "+15005550006" → "+15005550008"' in changes
    routes = Route.objects.order_by("priority").values_list("sender__address", flat=True)
    assert list(routes) == ["+15005550008", "+15005550006"]


def test_a_messaging_service_is_a_sender_too() -> None:
    service = "MG" + "0" * 31 + "1"
    text = ACME.replace(
        'address = "+15005550006"\nkind = "long_code"',
        f'messaging_service = "{service}"\nkind = "messaging_service"',
    )
    apply(text.replace('sender = "+15005550006"', f'sender = "{service}"'))
    assert Sender.objects.get().messaging_service_sid == service


def test_a_journey_is_switched_off_and_on_by_the_file() -> None:
    apply(ACME)
    off = ACME.replace('slug = "first-cups"', 'slug = "first-cups"\nactive = false')
    assert apply(off) == ["~ journey first-cups.active: true → false"]
    assert Journey.objects.get().active_since is None


def test_the_command_prints_the_changes_and_then_that_there_is_nothing_to_do() -> None:
    path = ROOT / "programs" / "acme.toml"
    out = StringIO()
    call_command("apply_program", str(path), stdout=out)
    assert "+ campaign brew-tips" in out.getvalue().splitlines()
    again = StringIO()
    call_command("apply_program", str(path), stdout=again)
    assert again.getvalue() == "= nothing to do\n"


def test_the_command_answers_in_json(tmp_path: Path) -> None:
    out = StringIO()
    call_command("apply_program", str(ROOT / "programs" / "acme.toml"), "--json", "--dry-run", stdout=out)
    answer = json.loads(out.getvalue())
    assert answer["dry_run"] is True
    assert {"sign": "+", "what": "brand acme", "words": ""} in answer["changes"]


@pytest.mark.parametrize(("content", "words"), [
    (b"[brand\n", "not TOML"),
    ("[brand]\nname = 'Café'".encode("latin-1"), "UTF-8"),
    (None, "cannot read"),
])  # fmt: skip
def test_the_command_says_in_one_line_why_a_file_cannot_be_read(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "broken.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=words) as caught:
        call_command("apply_program", str(path))
    assert "\n" not in str(caught.value)
