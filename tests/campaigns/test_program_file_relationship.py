"""What a program file says about the relationship: offers, listening, courtesy, silence, kinds of line."""

import pytest

from consent.models import Program, RelationshipRules
from tests.campaigns.test_program_file import ACME, apply, problems

pytestmark = pytest.mark.django_db
TABLE = "[program.relationship]\n"


def with_keys(*keys: str) -> str:
    assert TABLE in ACME
    return ACME.replace(TABLE, TABLE + "".join(f"{key}\n" for key in keys), 1)


def test_what_the_file_does_not_say_begins_as_the_product_has_it() -> None:
    apply(ACME)
    program = Program.objects.get(slug="acme-club")
    columns = {field.name: field.get_default() for field in RelationshipRules._meta.fields}
    assert {name: getattr(program, name) for name in columns} == columns | {"silence_days": 0}


def test_every_setting_can_be_said_and_is_shown_when_it_changes() -> None:
    apply(ACME)
    said = apply(with_keys("offer_share = 25", "quiet_after = 3", "texts_voip = false"))
    assert said == [
        "~ program acme-club.offer_share: 50 → 25",
        "~ program acme-club.quiet_after: 4 → 3",
        "~ program acme-club.texts_voip: true → false",
    ]
    assert apply(ACME) == []
    program = Program.objects.get(slug="acme-club")
    assert (program.offer_share, program.quiet_after, program.texts_voip) == (25, 3, False)


@pytest.mark.parametrize(
    "key",
    ["offer_share = 101", "offer_window = 0", "offer_window = 13", "quiet_after = 11", "question_every = -1"],
)
def test_a_setting_out_of_its_range_is_refused_by_its_name(key: str) -> None:
    assert set(problems(with_keys(key))) == {f"program.relationship.{key.partition(' ')[0]}"}
