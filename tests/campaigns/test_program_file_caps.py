"""What a program file says about what may be spent, and about senders that cannot send."""

import pytest

from campaigns.models import Campaign, CampaignStatus
from consent.models import Program
from messaging import spend
from messaging.models import Capped, Route, Sender
from tests.campaigns.test_program_file import ACME, apply, problems

pytestmark = pytest.mark.django_db

SENDER, PROGRAM, CAMPAIGN = (
    "segments_per_day = 40000\n",
    "segments_per_day = 20000\n",
    "most_segments = 10000\n",
)
WITHOUT = ACME.replace(SENDER, "").replace(PROGRAM, "").replace(CAMPAIGN, "")
FAILS_OVER = "fails_over = false\nanswers_fail_over = false\n"


def caps() -> dict[str, int | None]:
    rows = {
        Capped.SENDER_DAY: Sender.objects.get().pk,
        Capped.PROGRAM_DAY: Program.objects.get().pk,
        Capped.CAMPAIGN: Campaign.objects.get(slug="brew-tips").pk,
    }
    found = {of: spend.cap_of(of, pk) for of, pk in rows.items()}
    return {of.value: cap.most if cap else None for of, cap in found.items()}


def add_another_sender() -> None:
    program = Program.objects.select_related("brand").get()
    second = Sender.objects.create(
        brand=program.brand, address="+15005550007", kind="long_code", created_at=program.created_at
    )
    Route.objects.create(program=program, sender=second, priority=2)


def test_the_caps_of_a_new_brand_are_there_from_the_start() -> None:
    changes = apply(ACME)
    assert caps() == {"sender_day": 40_000, "program_day": 20_000, "campaign": 10_000}
    assert not [change for change in changes if "segments" in change]


def test_a_cap_is_shown_when_it_is_set_changed_or_lifted_and_stays_when_it_is_left_out() -> None:
    assert apply(WITHOUT)
    assert caps() == {"sender_day": None, "program_day": None, "campaign": None}
    assert apply(ACME) == [
        '~ sender +15005550006.segments_per_day: "none" → 40000',
        '~ program acme-club.segments_per_day: "none" → 20000',
        '~ campaign brew-tips.most_segments: "none" → 10000',
    ]
    assert apply(ACME) == apply(WITHOUT) == []
    assert apply(
        ACME.replace(SENDER, 'segments_per_day = "none"\n').replace(PROGRAM, PROGRAM.replace("2", "3"))
    ) == [
        '~ sender +15005550006.segments_per_day: 40000 → "none"',
        "~ program acme-club.segments_per_day: 20000 → 30000",
    ]
    assert caps() == {"sender_day": None, "program_day": 30_000, "campaign": 10_000}


def test_a_dry_run_leaves_every_cap_as_it_is() -> None:
    apply(WITHOUT)
    assert len(apply(ACME, is_dry_run=True)) == 3
    assert set(caps().values()) == {None}


def test_a_cap_of_nought_is_a_cap() -> None:
    apply(ACME.replace(PROGRAM, "segments_per_day = 0\n"))
    assert caps()["program_day"] == 0


def test_the_cap_of_a_launched_campaign_may_still_change() -> None:
    apply(ACME)
    Campaign.objects.filter(slug="brew-tips").update(status=CampaignStatus.SENDING)
    assert apply(ACME.replace(CAMPAIGN, "most_segments = 90\n")) == [
        "~ campaign brew-tips.most_segments: 10000 → 90"
    ]


@pytest.mark.parametrize("said", ["-1", "1.5", "true", '"many"', "1000000001", "[1]"])
@pytest.mark.parametrize(
    ("line", "path"),
    [
        (SENDER, "sender[0].segments_per_day"),
        (PROGRAM, "program.segments_per_day"),
        (CAMPAIGN, "campaign[0].most_segments"),
    ],
)
def test_what_is_no_cap_is_refused_with_what_is_one(said: str, line: str, path: str) -> None:
    key = line.partition(" ")[0]
    words = 'must be a whole number of segments from 0 to 1,000,000,000, or "none" for no cap'
    assert problems(ACME.replace(line, f"{key} = {said}\n")) == {path: words}


def test_whether_texts_move_to_another_sender_is_said_and_shown() -> None:
    apply(ACME)
    said = "fails_over = true\nanswers_fail_over = true\n"
    assert apply(ACME.replace(FAILS_OVER, said)) == [
        "~ program acme-club.fails_over: false → true",
        "~ program acme-club.answers_fail_over: false → true",
        "! program acme-club.fails_over: nowhere to go on to: add another sender on the program's page",
    ]
    add_another_sender()
    assert apply(ACME.replace(FAILS_OVER, "")) == []
    program = Program.objects.get()
    assert (program.fails_over, program.answers_fail_over) == (True, True)


@pytest.mark.parametrize("is_known", [False, True])
def test_answers_never_move_alone(*, is_known: bool) -> None:
    if is_known:
        apply(ACME)
    expected = {
        "program.answers_fail_over": "answers move only where automatic texts do: set fails_over = true too"
    }
    assert problems(ACME.replace(FAILS_OVER, "answers_fail_over = true\n")) == expected
    assert (
        problems(
            ACME.replace(
                FAILS_OVER, FAILS_OVER.replace("answers_fail_over = false", "answers_fail_over = true")
            )
        )
        == expected
    )


@pytest.mark.parametrize("key", ["fails_over", "answers_fail_over"])
def test_yes_or_no_is_all_that_may_stand_there(key: str) -> None:
    assert problems(ACME.replace(f"\n{key} = false", f'\n{key} = "yes"')) == {
        f"program.{key}": "must be true or false"
    }
