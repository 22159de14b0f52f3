import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.rendering import LONGEST, CannotRender, check, render, variables_used

GREETING = "{{ first_name|default:'Hi' }}, grind finer"


def test_it_fills_in_a_name() -> None:
    assert render(GREETING, {"first_name": "María"}) == "María, grind finer"


@pytest.mark.parametrize("blank", [{}, {"first_name": ""}, {"first_name": "  "}, {"first_name": None}])
def test_a_blank_name_takes_its_default(blank: dict[str, str | None]) -> None:
    assert render(GREETING, blank) == "Hi, grind finer"


@pytest.mark.parametrize(
    "template", ["Hi {{ first_name }},", "Hi {{ first_name|upper }},", "Hi {{ attributes.x }},"]
)
def test_a_blank_name_without_a_default_is_refused_by_name(template: str) -> None:
    with pytest.raises(CannotRender) as refused:
        render(template, {"first_name": " "})
    assert refused.value.field in {"first_name", "attributes.x"}
    assert refused.value.field in str(refused.value)


def test_an_if_may_stand_in_for_a_default() -> None:
    template = "{% if first_name %}Hi {{ first_name }}{% else %}Hello{% endif %}!"
    assert check(template) == []
    assert render(template, {"first_name": "Ana"}) == "Hi Ana!"
    assert render(template, {}) == "Hello!"


def test_attributes_are_named_plainly_or_in_full() -> None:
    variables = {"attributes": {"roast": "dark", "points": 0}}
    names = ("roast", "attributes.roast", "points", "unknown")
    template = " ".join(f"{{{{ {name}|default:'-' }}}}" for name in names)
    assert render(template, variables) == "dark dark 0 -"


@pytest.mark.parametrize("name", ["items", "keys", "pop", "clear"])
def test_an_attribute_is_never_a_method(name: str) -> None:
    assert render(f"{{{{ attributes.{name}|default:'-' }}}}", {"attributes": {"a": "b"}}) == "-"


@pytest.mark.parametrize("name", ["template", "render_context", "autoescape", "dicts", "push"])
def test_a_name_never_reaches_the_engine(name: str) -> None:
    assert render(f"{{{{ {name}|default:'-' }}}}", {}) == "-"


@pytest.mark.parametrize(
    "template",
    [
        "{% include 'a' %}",
        "{% load static %}",
        "{% extends 'a' %}",
        "{% debug %}",
        "{% url 'admin:index' %}",
        "{% for a in b %}{% endfor %}",
        "{{ first_name|safe }}",
        "{{ first_name|center:999999999 }}",
        "{{ first_name.upper|default:'x' }}",
        "{{ first_name.__class__|default:'x' }}",
        "{{ attributes.a.b|default:'x' }}",
        "{{ attributes|default:'x' }}",
        "{{ }}",
        "{% if first_name %}",
    ],
)
def test_what_a_text_has_no_need_of_is_refused(template: str) -> None:
    assert [problem.field for problem in check(template)] == ["body"]
    with pytest.raises(CannotRender):
        render(template, {"first_name": "Ana"})


@pytest.mark.parametrize(
    "template", ["Hi {{ first_name }}", "{{ roast }}", "{{ attributes.roast|upper }}", "{{ a|default:b }}"]
)
def test_a_name_that_may_be_blank_needs_a_default(template: str) -> None:
    problems = check(template)
    assert problems
    assert all("default" in str(problem) for problem in problems)


@pytest.mark.parametrize(
    "template", [GREETING, "{{ brand }}: {{ program }}", "plain", "{{ a|default:'x'|upper }}", "50% {off}"]
)
def test_a_sound_text_has_no_problems(template: str) -> None:
    assert check(template) == []


@pytest.mark.parametrize("template", ["", "  \n ", "x" * (LONGEST + 1), "😀" * (LONGEST // 2 + 1)])
def test_a_text_that_is_empty_or_too_long_is_a_problem(template: str) -> None:
    assert [problem.field for problem in check(template)] == ["body"]


def test_a_too_long_value_is_named() -> None:
    with pytest.raises(CannotRender) as refused:
        render("{{ brand }} {{ story|default:'-' }}", {"brand": "Acme", "story": "x" * LONGEST})
    assert refused.value.field == "story"


def test_a_too_long_text_is_refused() -> None:
    with pytest.raises(CannotRender) as refused:
        render("x" * (LONGEST + 1) + "{{ brand }}", {"brand": "Acme"})
    assert refused.value.field == "body"


def test_a_value_is_never_read_as_a_template() -> None:
    assert render("{{ brand }}!", {"brand": "{{ program }}{% debug %}", "program": "x"}) == "program debug!"


def test_text_is_not_html() -> None:
    assert render("{{ brand }} & <co>", {"brand": "O'Neil & Søn"}) == "O'Neil & Søn & <co>"


def test_control_characters_go_and_new_lines_stay() -> None:
    assert render("a\x07b  \r\n{{ brand }}\n\n", {"brand": "A\x00c\nme\t"}) == "a b\nA c me"


@pytest.mark.parametrize(
    "name",
    [
        "Łukasz",
        "Nguyễn",
        "محمد",
        "שרה",
        "王芳",
        "👩\u200d👩\u200d👧",
        "Zoë",
        "Robert'); DROP TABLE contacts;--",
    ],
)
def test_a_name_in_any_script_comes_through_whole(name: str) -> None:
    assert render("{{ first_name|default:'x' }}, hi", {"first_name": name}) == f"{name}, hi"


def test_numbers_are_written_plainly() -> None:
    assert render("{{ n|default:'0' }} {{ f|default:'0' }}", {"n": 1234567, "f": 2.5}) == "1234567 2.5"


def test_a_list_is_no_word() -> None:
    assert render("{{ tags|default:'-' }}", {"tags": ["a"]}) == "-"


def test_it_tells_the_names_used() -> None:
    template = "{% if vip and not attributes.left %}{{ first_name|default:last_name }}{% endif %} {{ brand }}"
    assert variables_used(template) == {"vip", "attributes.left", "first_name", "last_name", "brand"}


@given(st.text(max_size=300))
def test_any_value_renders_without_control_characters_or_marks(value: str) -> None:
    text = render("<{{ first_name|default:'-' }}>", {"first_name": value})
    assert not any(ord(c) < 32 for c in text)
    assert "{{" not in text


@given(st.text(alphabet="{}%#|.:'\" abif", max_size=60))
def test_any_template_is_checked_without_failing(template: str) -> None:
    problems = check(template)
    if not problems and not variables_used(template):
        assert render(template, {})


@pytest.mark.parametrize(
    "template", ["Hi {{ first_name", "Hi first_name }}", "Hi {% if first_name", "100 %} off"]
)
def test_a_name_that_is_not_closed_is_a_problem(template: str) -> None:
    assert [problem.field for problem in check(template)] == ["body"]
