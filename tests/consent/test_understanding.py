import io
import json
import sys
import time
import tomllib
from pathlib import Path

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from consent.keywords import words
from consent.spelling import is_one_slip
from consent.understanding import by_phrases, understand

PEOPLE_WRITE = tomllib.loads((Path(__file__).parent / "people_write.toml").read_text(encoding="utf-8"))
CLOSED, HELD, ORDINARY = (PEOPLE_WRITE[outcome] for outcome in ("closed", "held", "ordinary"))

# Of the processor; what tries every way to read a run of words would take minutes.
SLOWEST_SECONDS = 2

FOOTER = "Acme: new beans are in, tell us your brewer! Reply STOP to opt out"


@pytest.mark.parametrize("text", CLOSED)
def test_it_closes_when_asked_in_any_words(text: str) -> None:
    meaning = understand(text)
    assert (meaning.outcome, meaning.kind) == ("closed", "stop"), meaning


@pytest.mark.parametrize("text", HELD)
def test_it_holds_what_a_person_should_look_at(text: str) -> None:
    meaning = understand(text)
    assert (meaning.outcome, meaning.kind) == ("held", None), meaning


@pytest.mark.parametrize("text", ORDINARY)
def test_it_leaves_everyday_talk_alone(text: str) -> None:
    meaning = understand(text)
    assert meaning.outcome == "ordinary", meaning


@pytest.mark.parametrize("text", [*CLOSED, *HELD, *ORDINARY])
def test_it_always_says_why(text: str) -> None:
    assert understand(text).why


@pytest.mark.parametrize("word", words("stop"))
def test_every_stop_keyword_closes(word: str) -> None:
    assert understand(word).outcome == "closed"


@pytest.mark.parametrize(("text", "kind"), [("HELP", "help"), ("start", "start"), ("Join", "join")])
def test_other_keywords_are_ordinary_and_named(text: str, kind: str) -> None:
    meaning = understand(text, join_words=["JOIN"])
    assert (meaning.outcome, meaning.kind) == ("ordinary", kind)


@pytest.mark.parametrize("text", ["yes", "Y", "YES!", "ok", "sure", "subscribe me"])
def test_a_yes_opens_nothing(text: str) -> None:
    assert understand(text).kind is None


@pytest.mark.parametrize(
    "text",
    [
        FOOTER,
        f"> {FOOTER}",
        f"> {FOOTER}\nA Chemex!",
        f"{FOOTER}\nA Chemex!",
        "Reply STOP to opt out\n\nI use a Chemex",
    ],
)
def test_a_copy_of_our_own_text_is_not_a_stop(text: str) -> None:
    assert understand(text, recent_outbound=[FOOTER]).outcome == "ordinary"


@pytest.mark.parametrize(
    "text", [f"{FOOTER}\nSTOP", f"> {FOOTER}\nstop", f"{FOOTER}. Please stop texting me", "STOP", "opt out"]
)
def test_a_stop_beside_our_own_text_is_still_a_stop(text: str) -> None:
    assert understand(text, recent_outbound=[FOOTER]).outcome == "closed"


def test_an_unknown_footer_beside_own_words_is_held_not_closed() -> None:
    assert understand("you say reply STOP to opt out and I did").outcome == "held"


def test_a_reaction_to_their_own_stop_is_looked_at() -> None:
    assert understand("Loved “STOP”").outcome == "held"


def test_it_tells_the_language_of_a_clear_request() -> None:
    assert understand("no me manden más mensajes").language == "es"
    assert understand("ne m'écrivez plus").language == "fr"


@pytest.mark.parametrize(
    "text", ["shop", "step", "top", "and", "send", "quiet", "quite", "spot", "cancer", "remote"]
)
def test_a_word_of_its_own_is_no_misspelling(text: str) -> None:
    assert understand(text).outcome == "ordinary"


@pytest.mark.parametrize(
    ("word", "is_slip"),
    [
        ("cancel", False),
        ("cancl", True),
        ("canncel", True),
        ("cancal", True),
        ("cacnel", True),
        ("acncle", False),
        ("cnl", False),
    ],
)
def test_one_slip_is_one_letter_or_one_swap(word: str, is_slip: bool) -> None:
    assert is_one_slip(word, "cancel") is is_slip


@given(st.text(max_size=500), st.lists(st.text(max_size=200), max_size=3))
def test_it_answers_any_text(text: str, recent: list[str]) -> None:
    meaning = understand(text, recent_outbound=recent)
    assert meaning.outcome in {"closed", "held", "ordinary"}
    assert (meaning.kind == "stop") == (meaning.outcome == "closed")


@given(st.sampled_from(CLOSED), st.sampled_from(["", "Hi. ", "Hello! ", "I got your text.\n", "😡 "]))
def test_a_clear_request_stays_clear_after_other_sentences(text: str, before: str) -> None:
    if understand(text).why.startswith("asks to stop"):
        assert understand(before + text).outcome == "closed"


def test_the_command_prints_the_outcome_and_why() -> None:
    out = io.StringIO()
    call_command("consent_understand", "stop texting me", stdout=out)
    assert out.getvalue() == "closed: asks to stop: 'stop texting' (en)\n"


def test_the_command_answers_json() -> None:
    out = io.StringIO()
    call_command("consent_understand", "wrong number", "--json", stdout=out)
    assert json.loads(out.getvalue())["outcome"] == "held"


def test_the_command_reads_a_text_per_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("STOP\n\narrêt\r\nsee you\n"))
    out = io.StringIO()
    call_command("consent_understand", stdout=out)
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [answer["text"] for answer in answers] == ["STOP", "", "arrêt", "see you"]
    assert [answer["outcome"] for answer in answers] == ["closed", "ordinary", "closed", "ordinary"]
    assert set(answers[0]) == {"text", "outcome", "kind", "why", "language"}


@pytest.mark.parametrize(
    "text",
    [
        "He passed away on Monday",
        "mein Mann ist am Montag gestorben",
        "He is deceased, what do we need to bring",
        "mi esposo murio, el era el titular",
        "restraining order, the cops said",
        "I'm pressing charges, theft",
        "No one named Sarah lives in the house",
        "quien eres? cuanto cuesta",
        "never signed up, charged for a thing",
        "who do I report it to",
        "heat is too much stop messaging me",
        "the weather is awful please stop",
    ],
)
def test_what_else_a_reply_speaks_of_excuses_nothing(text: str) -> None:
    assert understand(text).outcome != "ordinary"


@pytest.mark.parametrize(
    "text",
    [
        "Wrong name. I am Tobias.",
        "I think there is a wrong name on your list",
        "he moved out, I'm the new tenant",
        "You must have me confused with a lady across town",
        "my number got mixed up with somebody's",
        "there's nobody here called Pam",
        "pastor Ray passed on Friday",
        "We lost him to the flu",
        "dad is in hospice now",
        "I will call the police",
        "calling the cops on you",
        "Reporting to the regulator",
        "You are harassing my mother",
        "piss off the lot of you",
        "for crying out loud",
        "did i ever agree to this",
        "who gave my number to you",
        "slow down on the messages please",
        "please hold off until the new year",
        "Not at night please, it rings right by my head",
        "shut up, it's late",
        "These came from my ex who moved out. Who are you people",
        "ihr seid blockiert",
        "eure SMS nerven total",
        "der Inhaber ist tot",
        "Anzeige ist raus",
        "mon avocat va vous écrire",
        "mon avocat vous attend",
        "je porte plainte contre vous",
        "connais pas ce monsieur",
        "voy a denunciar esto",
        "los voy a demandar",
        "ya no voy a esa tienda",
        "o dono do celular morreu",
        "vou processar a empresa de vocês",
        "vou à polícia",
        "não autorizei isso",
        "vado dai carabinieri",
        "rot toch op",
        "złożę skargę do UOKiK",
        "pomylili państwo numer",
        "звоню в полицию",
        "avukata veriyorum",
        "min advokat kontakter jer",
        "举报你们",
    ],
)
def test_a_sign_of_trouble_is_held_whatever_the_whole_reply_is_like(text: str) -> None:
    assert by_phrases(text).ground in {"sign", "certain"}
    assert understand(text).outcome == "held"


@pytest.mark.parametrize(
    "text",
    [
        "we intend to sue",
        "we've decided to sue",
        "I have every right to sue",
        "My husband wants to sue",
        "calling the police on Monday",
        "never signed for this service",
        "Call me instead if you need something",
        "that is the second time this week",
        "every freaking time",
        "this is total bullshit, guys",
        "a big screw off to you",
        "your texts won't stop beeping at me",
        "small claims said I can take you there",
        "told them to sod off twice",
        "hospice called, he has two days",
        "mon avocat vous enverra une mise en demeure",
        "mon avocat vous rappellera",
        "Je dépose plainte contre Orange",
        "je n'ai pas donné l'autorisation",
        "vous vous êtes trompés de numéro de téléphone, désolé",
        "je préviens la police",
        "Número equivocado tiene usted",
        "lo demandaré",
        "me voy a quejar",
        "vou processar a Claro",
        "meu advogado vai pedir indenização",
        "não pedi esse serviço",
        "já registrei BO na polícia",
        "Festnetz!",
        "langsam nervts",
        "haltet euch fest, mein Anwalt kommt",
        "złożyłam na was skargę",
        "ktoś pomylił numer",
        "sprawa trafi na policję",
        "vaffanbagno",
        "krijg wat",
        "niet weer hoor",
        "Ich kann mich nicht abmelden. Hilfe",
        "Nie mogę się wypisać. Pomocy",
        "je ne peux pas me désinscrire, le lien ne marche pas",
        "I was never removed. Fix it",
        "no me quitaron de la lista. ¿por qué?",
        "my son killed himself yesterday",
        "I will find out where you live",
        "I'm gonna burn your store down",
    ],
)
def test_the_law_threats_strangers_and_who_cannot_get_off_are_held(text: str) -> None:
    assert by_phrases(text).ground in {"sign", "certain"}
    assert understand(text).outcome == "held"


@pytest.mark.parametrize(
    "text",
    [
        "No puedo darme de baja. Ayuda",
        "Não consigo me descadastrar. Ajuda",
        "Non riesco a disiscrivermi. Aiuto",
        "Ik kan me niet afmelden. Help",
    ],
)
def test_who_says_that_they_cannot_get_off_is_heard(text: str) -> None:
    assert understand(text).outcome != "ordinary"


@pytest.mark.parametrize(
    "text",
    [
        "wrong name on my invoice, it should be Petra",
        "I moved out on Friday, when do I get my deposit",
        "wrong number of chairs, we need twelve",
        "the orchid you sold me is deceased",
        "I run for the hospice every spring",
        "my neighbour is harassing my tenants, can you come by",
        "reporting this meter reading: 20311",
        "drop dead gorgeous dress",
        "class action figures, do you buy them",
        "did I sign up for the early class or the late one",
        "never signed for that parcel",
        "no idea what size he wears",
        "the alarm won't stop beeping, come please",
        "please don't take me off, I will pay on Monday",
        "voy a denunciar el robo, qué papeles llevo",
        "se equivocaron de talla, pedí la M",
        "mon avocat vous enverra l'acte",
        "à quoi sert ce numéro",
        "der Abfluss ist blockiert",
        "wir verklagen den Vermieter, brauchen das Gutachten",
        "não pedi sobremesa",
        "meu advogado vai assinar na quinta",
        "morreu a bateria do carro",
        "de router blinkt rot",
        "Szczęść Boże, o której msza",
        "карту заблокировали, что делать",
        "👍 to “Bin day is Tuesday. Text STOP to end”",
        "A Ana le encantó “Hoy 2x1. BAJA para salir”",
    ],
)
def test_the_same_words_of_other_things_are_no_sign(text: str) -> None:
    assert understand(text).outcome == "ordinary"


@pytest.mark.parametrize(
    "text",
    [
        "I can not unsubscribe, help me",
        "Won't let me opt out. Link broken",
        "I could not opt out. page says error",
        "can not opt out, the link is dead",
        "it won't let me unsubscribe, says page not found",
        "doesn't unsubscribe, button is grey",
        "won't unsubscribe. tried the website too",
        "Don't unsubscribe my husband, only me",
        "Don't unsubscribe just her, both of us",
    ],
)
def test_who_cannot_get_off_or_leaves_others_on_does_not_ask_to_stay(text: str) -> None:
    assert understand(text).outcome == "held"


def test_a_sign_counts_although_a_hint_comes_first() -> None:
    assert by_phrases("not interested. You have the wrong person").why.startswith("may be somebody else")


@pytest.mark.parametrize("said", ["please ", "mi ", "la mi di ", "por favor ", "stop me please "])
def test_words_said_over_and_over_are_read_as_fast_as_any(said: str) -> None:
    understand("banana")  # whatever is compiled first
    began = time.process_time()
    understand(f"{said * 24}banana")
    assert time.process_time() - began < SLOWEST_SECONDS
