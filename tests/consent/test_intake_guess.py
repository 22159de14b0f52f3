"""What the columns of an unknown file may be by their names: a guess for a person to confirm."""

import pytest

from consent.intake_guess import guess
from consent.intake_mapping import suggest
from contacts.csv_rows import Shape
from contacts.models import ContactImport

PEOPLE, OPT_OUTS = ContactImport.Kind.PEOPLE, ContactImport.Kind.OPT_OUTS


def shape(*columns: str, has_header: bool = True) -> Shape:
    return Shape(encoding="utf-8", separator=",", columns=columns, has_header=has_header)


@pytest.mark.parametrize(
    "header",
    [
        "Mobile Phone",
        "mobilePhone",
        "MOBILE_PHONE",
        "Cell",
        "Phone Number",
        "Téléphone",
        "Teléfono móvil",
        "Handy-Nummer",
    ],
)
def test_the_usual_names_of_a_number_are_known_however_they_are_spelled(header: str) -> None:
    assert guess(shape("Id", header), PEOPLE) == {"phone": header}


@pytest.mark.parametrize(
    ("header", "ours"),
    [
        ("Opted in at", "consent_at"), ("Opt-In Date", "consent_at"), ("Opt-Out Date", "opted_out_at"),
        ("Prénom", "first_name"), ("Nachname", "last_name"), ("ZIP", "postal_code"), ("IP Address", "evidence_ip"),
    ],
)  # fmt: skip
def test_the_usual_names_of_other_columns_are_known(header: str, ours: str) -> None:
    assert guess(shape(header), PEOPLE) == {ours: header}


def test_of_two_numbers_the_mobile_one_is_guessed_and_no_column_is_taken_twice() -> None:
    assert guess(shape("Telephone", "Mobile"), PEOPLE) == {"phone": "Mobile"}


def test_a_list_of_opt_outs_is_guessed_only_what_it_can_say() -> None:
    found = guess(shape("Cell", "First Name", "Opt-out date"), OPT_OUTS)
    assert found == {"phone": "Cell", "opted_out_at": "Opt-out date"}


def test_nothing_is_guessed_of_what_is_not_called_so() -> None:
    assert guess(shape("Fax", "Notes", "Owner"), PEOPLE) == {}
    assert guess(shape("Phone", has_header=False), PEOPLE) == {}


def test_a_file_that_is_read_without_a_person_is_not_guessed() -> None:
    assert suggest(shape("Cell", "Opted in at"), PEOPLE).columns == {}
