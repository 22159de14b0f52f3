# ruff: noqa: RUF001 - look-alike letters are what these tests are about
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import keywords
from consent.keywords import match, normalise

STOP_WORDS = keywords.words("stop")
HELP_WORDS = keywords.words("help")


@pytest.mark.parametrize("word", STOP_WORDS)
def test_every_listed_stop_word_closes(word: str) -> None:
    found = match(word)
    assert found is not None
    assert found.kind == "stop"


@pytest.mark.parametrize(
    "word", ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"]
)
def test_what_twilio_blocks_we_close(word: str) -> None:
    assert match(word) == match(word.lower()) is not None


@pytest.mark.parametrize(
    "text",
    [
        "stop.",
        "STOP!!!",
        " Stop \n",
        "“STOP”",
        "'stop'",
        "S T O P",
        "s.t.o.p.",
        "ＳＴＯＰ",
        "Ⓢⓣⓞⓟ",
        "stóp",
        "st\u200bop",
        "stop\ufe0f",
        "STOP 🛑",
        "🙏🏽 stop",
        "stop stop stop",
        "stopstop",
        "STOPPPP",
        "please stop",
        "Stop, please",
        "stop thank you",
        "STOP ALL",
        "opt-out",
        "Opt Out",
        "cancel end",
        "ARRÊT",
        "désabonner",
        "No más",
        "stop por favor",
        "退订",
    ],
)
def test_it_finds_a_stop_however_it_is_typed(text: str) -> None:
    found = match(text)
    assert found is not None
    assert found.kind == "stop"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "👍",
        "thank you",
        "please",
        "stop by Thursday",
        "don't stop",
        "dont stop",
        "non-stop",
        "shop",
        "step",
        "weekend",
        "the end",
        "endend of",
        "cancel my order",
        "Сколько?",
        "tdtd",
        "no",
        "yes please",
    ],
)
def test_it_leaves_other_messages_alone(text: str) -> None:
    assert match(text) is None


@pytest.mark.parametrize("text", ["YES", "Yes!", "y", "ok", "si", "oui", "ja", "yeah", "sure", "subscribe"])
def test_a_yes_is_never_a_start(text: str) -> None:
    assert match(text) is None


@pytest.mark.parametrize("text", ["START", "start.", " Unstop "])
def test_start_reopens(text: str) -> None:
    found = match(text)
    assert found is not None
    assert found.kind == "start"


@pytest.mark.parametrize(
    "text", ["please start", "start start", "S T A R T", "staaart", "when does it start?"]
)
def test_start_counts_only_as_written(text: str) -> None:
    assert match(text) is None


@pytest.mark.parametrize("word", [*HELP_WORDS, "HELP", "help!", "Help please", "Ayuda por favor"])
def test_help_is_found_in_each_language(word: str) -> None:
    found = match(word)
    assert found is not None
    assert found.kind == "help"


def test_a_join_word_counts_only_for_the_program_that_listed_it() -> None:
    assert match("Café!") is None
    found = match("Café!", join_words=["CAFE"])
    assert found is not None
    assert (found.kind, found.word) == ("join", "CAFE")


def test_a_join_word_never_hides_a_stop() -> None:
    found = match("end", join_words=["END", "stop"])
    assert found is not None
    assert found.kind == "stop"


def test_it_tells_the_language() -> None:
    assert [found.language for text in ("stop", "arrêt", "baja", "abmelden") if (found := match(text))] == [
        "en",
        "fr",
        "es",
        "de",
    ]


def test_no_word_is_listed_under_two_kinds() -> None:
    stop, start, help_ = set(STOP_WORDS), set(keywords.words("start")), set(HELP_WORDS)
    assert not stop & start
    assert not stop & help_
    assert not start & help_


def test_every_set_names_its_source_and_is_spelled_plainly() -> None:
    for entry in keywords._data()["set"]:
        assert entry["source"]
        assert all(normalise(word) == word for word in entry["words"])


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(
    st.sampled_from(STOP_WORDS),
    st.text(alphabet=" .!?,-*\n\u200b\ufe0f🛑🙏“”", max_size=8),
    st.text(alphabet=" .!?,-*\n\u200b\ufe0f🛑🙏“”", max_size=8),
)
def test_marks_and_emoji_around_a_stop_change_nothing(word: str, before: str, after: str) -> None:
    found = match(before + word.upper() + after)
    assert found is not None
    assert found.kind == "stop"


@given(st.text(max_size=400))
def test_it_never_fails_on_any_text(text: str) -> None:
    assert match(text, join_words=["JOIN"]) is None or normalise(text)
