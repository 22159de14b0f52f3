"""Promise 8 in the admin: a brand never sees another's people, and a role never does more than it may."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse

from contacts.admin_scope import BrandScopedAdmin, ScopedFilter
from contacts.models import Brand, Role, TeamMember
from tests.admin_pages import OF_BRANDS, ROLES
from tests.admin_story import Story, client_of, extra_pages, hears, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def test_every_model_of_a_brand_is_scoped_or_for_the_superuser() -> None:
    others = {
        m._meta.label for m, page in admin.site._registry.items() if not isinstance(page, BrandScopedAdmin)
    }
    assert others == {"auth.User"}


def test_every_filter_by_a_related_row_is_scoped() -> None:
    for model, page in admin.site._registry.items():
        for one in page.list_filter if isinstance(page, BrandScopedAdmin) else ():
            if isinstance(one, tuple):
                assert one[1] is ScopedFilter, (model, one)
            elif isinstance(one, str):
                assert not model._meta.get_field(one).is_relation, (model, one)


@pytest.mark.parametrize("role", ROLES)
def test_lists_searches_and_filters_tell_nothing_of_another_brand(
    role: str, ours: Story, theirs: Story
) -> None:
    client = client_of(ours.cast.team[role])
    # Lower case finds "Zqrival" wherever it may be found, and is not itself what the page must not show.
    queries = ["", "?q=zqriv", f"?q={theirs.point.address}", f"?brand__id__exact={theirs.cast.brand.id}"]
    for label in OF_BRANDS:
        for query in queries if role == Role.OWNER else queries[1:2]:
            answer = client.get(url(label, "changelist") + query)
            if label == "messaging.Account" and role != Role.OWNER:
                assert answer.status_code == 403
                continue
            assert answer.status_code in {200, 302}, (label, query)
            shown = answer.content.decode()
            assert theirs.secret not in shown, (label, query)
            assert theirs.cast.brand.name not in shown, (label, query)


@pytest.mark.parametrize("role", ROLES)
def test_another_brands_object_is_not_there(role: str, ours: Story, theirs: Story) -> None:
    client = client_of(ours.cast.team[role])
    for label in OF_BRANDS:
        row = theirs.rows[label]
        for page in ("change", "history", "delete"):
            assert client.get(url(label, page, row.pk)).status_code in {403, 404}, (label, page)
            assert client.post(url(label, page, row.pk), {"post": "yes"}).status_code in {403, 404}, (
                label,
                page,
            )
        # Where the role may look at its own, the other brand's is a plain 404: not even its existence is told.
        if label != "messaging.Account" or role == Role.OWNER:
            assert client.get(url(label, "change", row.pk)).status_code == 404, label


@pytest.mark.parametrize("role", ROLES)
def test_no_page_or_button_reaches_another_brand(role: str, ours: Story, theirs: Story) -> None:
    client = client_of(ours.cast.team[role])
    for method, address in extra_pages(theirs):
        assert getattr(client, method)(address, {"body": "hello", "text": "hello"}).status_code == 404, (
            address
        )
    theirs.thread.refresh_from_db()
    theirs.campaign.refresh_from_db()
    assert theirs.thread.waiting_since is not None
    assert theirs.campaign.launched_at is None


def test_a_form_refuses_rows_of_another_brand_without_telling_them(ours: Story, theirs: Story) -> None:
    client = client_of(ours.cast.team["owner"])
    form = {
        "brand": theirs.cast.brand.id, "program": theirs.cast.program.id, "segment": theirs.rows["contacts.Segment"].pk,
        "name": "Stolen", "slug": "stolen", "purpose": "marketing", "value": "offer", "body": "Hello",
    }  # fmt: skip
    answer = client.post(url("campaigns.Campaign", "add"), form)
    assert answer.status_code == 200
    assert answer.content.count(b"not one of the available choices") >= 3
    assert theirs.secret not in answer.content.decode()


def test_two_brands_of_one_person_do_not_mix(ours: Story, theirs: Story) -> None:
    owner = ours.cast.team["owner"]
    TeamMember.objects.create(brand=theirs.cast.brand, user=owner, role=Role.OWNER)
    form = {
        "brand": ours.cast.brand.id, "program": theirs.cast.program.id, "name": "Mixed", "slug": "mixed",
        "purpose": "marketing", "value": "offer", "body": "Hello",
    }  # fmt: skip
    answer = client_of(owner).post(url("campaigns.Campaign", "add"), form)
    assert answer.status_code == 200
    assert b"Choose one of the same brand." in answer.content


def test_a_role_in_one_brand_is_none_in_another(ours: Story, theirs: Story) -> None:
    marketer = ours.cast.team["marketer"]
    TeamMember.objects.create(brand=theirs.cast.brand, user=marketer, role=Role.AUDITOR)
    client = client_of(marketer)
    row = theirs.rows["contacts.Segment"]
    assert client.get(url("contacts.Segment", "change", row.pk)).status_code == 200
    assert client.post(url("contacts.Segment", "change", row.pk), {"name": "x"}).status_code == 403
    assert client.post(reverse("inbox:reply", args=[theirs.thread.pk]), {"body": "hi"}).status_code == 403


def test_the_preview_counts_only_ones_own_people(ours: Story, theirs: Story) -> None:
    client = client_of(ours.cast.team["marketer"])
    address = url("campaigns.Campaign", "preview")
    answer = client.post(address, {"body": "Hi {{ first_name }}", "program": theirs.cast.program.id}).json()
    assert answer == {
        "problems": ["first_name may be blank: write {{ first_name|default:'…' }}"],
        "samples": [],
        "people": None,
    }
    mine = client.post(address, {"body": "Hi {{ first_name }}", "program": ours.cast.program.id}).json()
    assert mine["people"] == 1
    assert mine["samples"][0]["text"] == f"Hi {ours.secret}"
    assert mine["samples"][1]["problem"]


def test_the_chosen_brand_narrows_every_list(ours: Story, theirs: Story) -> None:
    owner = ours.cast.team["owner"]
    TeamMember.objects.create(brand=theirs.cast.brand, user=owner, role=Role.OWNER)
    client = client_of(owner)
    both = client.get(url("contacts.Contact", "changelist")).content.decode()
    assert ours.secret in both
    assert theirs.secret in both
    client.get(reverse("admin:look_at", args=["rival"]))
    one = client.get(url("contacts.Contact", "changelist")).content.decode()
    assert ours.secret not in one
    assert theirs.secret in one


def test_a_brand_of_others_cannot_be_chosen(ours: Story, theirs: Story) -> None:
    client = client_of(ours.cast.team["owner"])
    client.get(reverse("admin:look_at", args=["rival"]))
    assert theirs.secret not in client.get(url("contacts.Contact", "changelist")).content.decode()


def test_the_home_page_and_the_inbox_tell_nothing_of_another_brand(ours: Story, theirs: Story) -> None:
    theirs.cast.stop(theirs.point)
    hears(theirs.cast, theirs.point, f"{theirs.secret} hello?")
    client = client_of(ours.cast.team["agent"])
    for address in ("admin:index", "inbox:threads", "inbox:list"):
        shown = client.get(reverse(address)).content.decode()
        assert theirs.secret not in shown
    found = client.get(reverse("inbox:threads"), {"q": theirs.point.address, "box": "all"}).content.decode()
    assert theirs.secret not in found


def test_a_superuser_sees_all_brands(ours: Story, theirs: Story) -> None:
    client = client_of(User.objects.create_superuser("root", password="correct horse"))
    shown = client.get(url("contacts.Contact", "changelist")).content.decode()
    assert ours.secret in shown
    assert theirs.secret in shown
    assert Brand.objects.count() == 2
