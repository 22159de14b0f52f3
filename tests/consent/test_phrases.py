import pytest

from consent.phrases import Phrasebook, plain

BOOK = Phrasebook(["small", "end", "filler", "stop", "messages"])
WORDS = {
    "the": "small",
    "your": "small",
    "please": "end",
    "hey": "filler",
    "stop": "stop",
    "quit": "stop",
    "texts": "messages",
}


def tell(clause: str) -> str:
    return BOOK.tell((word, BOOK.letters.get(WORDS.get(word, ""), "")) for word in clause.split())


def finds(pattern: str, clause: str) -> str | None:
    found = BOOK.compile([pattern]).search(tell(clause))
    return plain(found.group()) if found else None


@pytest.mark.parametrize(
    ("pattern", "clause", "found"),
    [
        ("stop", "please stop it", "stop"),
        ("stop", "nonstop", None),
        ("text*", "no texting here", "texting"),
        ("<stop>", "quit it", "quit"),
        ("<stop|messages>", "my texts", "texts"),
        ("stop|end it", "end it", "end it"),
        ("stop it? now", "stop now", "stop now"),
        ("^ stop", "please stop", None),
        ("stop $", "please stop", "stop"),
        ("stop $", "stop it", None),
        ("<stop> - <messages>", "stop the texts", "stop the texts"),
        ("<stop> - <messages>", "stop her texts", None),
        ("<stop> ~ <messages>", "stop the silly texts", "stop the silly texts"),
        ("<stop> ~ <messages>", "stop at home for texts", None),
        ("^ = <stop> = $", "hey please stop please", "hey please stop please"),
        ("^ = <stop> = $", "hey bus stop", None),
        ("stop ... texts", "stop all of those texts", "stop all of those texts"),
        ("stop ... texts", "stop all of those many texts", None),
        ("stop !by", "stop by", None),
        ("stop !by", "stop in", "stop"),
        ("stop !...order", "stop with my order", None),
        ("stop !...order", "stop with my texts", "stop"),
    ],
)
def test_a_pattern_finds_what_it_says(pattern: str, clause: str, found: str | None) -> None:
    assert finds(pattern, clause) == found


@pytest.mark.parametrize("pattern", ["<stopp> it", "stop ?", "stop |it", "<stop it>", "stop!"])
def test_a_pattern_that_says_nothing_is_refused_by_name(pattern: str) -> None:
    with pytest.raises(ValueError, match="pattern "):
        BOOK.compile([pattern])


def test_no_patterns_find_nothing() -> None:
    assert BOOK.compile([]).search(tell("stop")) is None


def test_the_words_that_patterns_name_are_known() -> None:
    assert BOOK.named(["^ please|pls? <stop> text* !by $", "..."]) == {"please", "pls", "text*", "by"}
