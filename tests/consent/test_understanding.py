# ruff: noqa: RUF001 - people type look-alike letters and quotes
import io
import json
import sys

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from consent.keywords import words
from consent.understanding import is_one_slip, understand

CLOSED = [
    "stop texting me",
    "Stop messaging me please",
    "STOP CONTACTING ME!!!",
    "do not text me",
    "don't text me anymore",
    "Dont message me again",
    "Don’t contact me",
    "no more texts",
    "No more messages please",
    "remove me",
    "Remove me from your list",
    "take me off your list",
    "take me off this list please",
    "Please take my number off your list",
    "unsubscribe me",
    "I want to unsubscribe",
    "I'd like to opt out",
    "please opt me out",
    "leave me alone",
    "lose my number",
    "delete my number",
    "Stop sending me these texts",
    "stop sending messages",
    "stop sending me stuff",
    "quit texting me",
    "Please stop texting this number",
    "I don't want any more texts from you",
    "I dont want these messages",
    "I do not wish to receive texts",
    "I don't want to receive your messages anymore",
    "I no longer want to receive these",
    "can you stop?",
    "can you please stop",
    "ok stop now",
    "Just stop",
    "STOP IT",
    "stop this now",
    "I said stop",
    "STOP. TEXTING. ME.",
    "If you don't stop texting me I will call my lawyer",
    "Why don't you stop texting me",
    "how do I unsubscribe?",
    "How do i stop these texts",
    "cancel these texts",
    "Please stop all messages",
    "Hi, this is Dan. Please stop.",
    "Stop. Please.",
    "unsubcribe",
    "unsuscribe",
    "Unsubscribe please",
    "unsubsribe me",
    "please unsubcribe me from this",
    "stpo",
    "sotp",
    "stp",
    '"Stop."',
    "dont text me",
    "never text me again",
    "Do not ever text me again",
    "Do not contact me again",
    "take this number off your list",
    "turn off these alerts",
    "stop with the texts",
    "STOP with these messages",
    "enough, remove me from this list",
    "I want out",
    "stop blowing up my phone",
    "Stop harassing me",
    "stop spamming me",
    "stop bothering me",
    "no me manden más mensajes",
    "no me envien mas mensajes",
    "no me escriban más",
    "no quiero más mensajes",
    "no quiero mensajes",
    "dejen de mandarme mensajes",
    "Deja de enviarme mensajes",
    "quítenme de la lista",
    "saquenme de su lista",
    "borren mi número",
    "ya no me escriban",
    "Por favor no me manden mensajes",
    "quiero darme de baja",
    "arrêtez de m'envoyer des messages",
    "Arrêtez vos messages",
    "ne m'envoyez plus de messages",
    "Je ne veux plus recevoir vos messages",
    "désabonnez-moi",
    "Retirez-moi de votre liste",
    "Laissez-moi tranquille",
    "plus de sms",
    "keine SMS mehr bitte",
    "Bitte keine Nachrichten mehr",
    "não quero mais receber mensagens",
    "I am not interested. Stop texting me",
    "No. Stop messaging me.",
    "i dont want this please stop texting me",
    "stop sending me anything",
    "Stop sending me spam",
    "I revoke my consent",
    "I withdraw consent",
    "cease and desist",
    "stop txting me",
    "PLEASE STOP SENDING ME TEXT MESSAGES",
    "stop txt me",
    "tired of these texts",
    "get me off this list",
    "get me off your damn list",
    "take me off of this",
    "Remove this number",
    "remove my number from your system",
    "You need to remove me from your contact list",
    "im asking you to stop texting me",
    "stop at once",
    "make it stop",
    "STOP\n\nSent from my iPhone",
    "STOP!?! who is this and why stop the sale",
    "Can u pls stop texting my phone",
    "Quit sending me messages!!",
    "Do NOT message this number again.",
    "I would like to be removed from your list",
    "Please remove my number from this list",
    "please take us off your mailing list",
    "Kindly remove me.",
    "Remove me pls",
    "remove me from this",
    "I want off this list",
    "I don't want to be on this list anymore",
    "I'm unsubscribing",
    "Unsubscribed",
    "UNSUBSCRIBE ME NOW",
    "stop all texts",
    "Stop all promotions",
    "End texts",
    "End all messages",
    "please end these messages",
    "Please discontinue text messages",
    "I no longer wish to receive text messages",
    "I don't wish to receive any more texts",
    "I do not want to hear from you again",
    "I dont wanna get these texts anymore",
    "don't ever contact me again",
    "please do not text me any more",
    "Please stop with all the texts",
    "stop sending me all these messages",
    "stop sending these to me",
    "stop sending it",
    "stop contacting us",
    "No more text messages!",
    "No more promos",
    "Take me off the list, thanks",
    "take me off",
    "Get me off your text list",
    "get me off of this thing",
    "can you take me off this group",
    "How do I get off this list?",
    "How can I opt out of these?",
    "opting out",
    "Opt me out please",
    "I opt out",
    "I want to opt-out",
    "opt out of all",
    "hey can you stop messaging me? thanks",
    "for the last time STOP",
    "STOP ALREADY",
    "Stop!! Stop!! Stop!!",
    "please please stop",
    "Stop stop, please",
    "i want this to stop",
    "make these texts stop",
    "I am asking you to please stop",
    "stop now or I sue",
    "do not text this number",
    "Not interested, please remove",
    "Not interested please stop",
    "no thanks, unsubscribe",
    "Wrong number, please stop texting",
    "Wrong number. Remove me.",
    "STOP wrong number",
    "You have the wrong number stop texting me",
    "Delete me from your database",
    "delete my info",
    "erase my number",
    "dont send me any more messages",
    "don't send me anything else",
    "dont send anymore texts",
    "Don't message",
    "i never signed up for this stop texting me",
    "Ya no me manden mensajes por favor",
    "Por favor quítenme de su lista",
    "No me mandes más mensajes",
    "ya no quiero recibir mensajes",
    "no deseo recibir más promociones",
    "Dejen de molestarme",
    "déjenme en paz",
    "Paren de enviarme textos",
    "eliminen mi número",
    "basta de mensajes",
    "Ne me contactez plus",
    "Ne m'écrivez plus svp",
    "arrête de m'écrire",
    "Veuillez me désabonner",
    "je veux me désinscrire",
    "arrêtez les sms",
    "Je ne souhaite plus recevoir de sms",
    "enlevez-moi de la liste",
    "plus de messages svp",
    "unsubscibe",
    "unsubscride",
    "Unsubcribe me from this list",
    "cancle",
    "stop pls",
    "plz stop",
    "STOP MSG",
    "stop text",
    "Stop texts",
    "stop sms",
    "Stop messages",
    "Stop msgs",
    "text STOP",
    "STOP to all",
    "STOP this",
    "stop these",
    "stop that",
    "Stop bugging me",
    "quit bothering me",
    "quit it with the texts",
    "Lose this number",
    "forget my number",
    "revoke consent",
    "I withdraw my permission to text me",
    "I don't consent to these messages",
    "I did not consent to receive texts, remove me",
    "please stop i already told you",
    "STOP i dont know you",
    "I am on the do not call list",
    "put me on your do not call list",
    "stop spam",
    "Stop this spam",
    "STOP THIS SHIT",
    "Stop the madness and stop texting me",
    "I've asked you 3 times to stop",
    "You were told to stop",
    "please cease all communication",
    "stop communicating with me",
    "no further messages please",
    "No further contact",
    "Do not reply to me or text me again",
    "discontinue",
]
HELD = [
    "wrong number",
    "Wrong number, sorry",
    "numero equivocado",
    "who is this?",
    "Who's this",
    "This isn't Maria",
    "this is not Maria.",
    "I'm not Maria",
    "fuck off",
    "F*** off",
    "f you",
    "this is harassment",
    "my lawyer will hear about this",
    "I'm reporting you to the FCC",
    "spam",
    "this is spam",
    "🛑",
    "✋🏽",
    "🛑🛑",
    "don't stop the good deals",
    "we must STOP this bill",
    "not interested",
    "cancel my subscription",
    "stop texting me so early",
    "don't text me after 9pm",
    "Don't text me at night",
    "stop texting me for a week",
    "I never signed up for this",
    "how did you get my number",
    "please don't unsubscribe me",
    "I don't want to unsubscribe",
    "Please do not stop texting me",
    "he passed away last month",
    "too many texts",
    "knock it off",
    "go away",
    "it says reply STOP to opt out but how",
    "stop emailing me",
    "unsubscribe me from your emails",
    "My husband died in May",
    "reporting you as spam",
    "no me interesa",
    "no me mande la factura",
    "I never gave you permission",
    "wrong person",
    "don't stop",
    "who dis",
    "sorry wrong person",
    "You've got the wrong number",
    "this is not Jane's phone",
    "not my number anymore",
    "Maria doesn't have this number anymore",
    "this isn't Bob",
    "she died in March",
    "I'm suing you",
    "this is illegal",
    "Screw you",
    "who gave you my number",
    "Stop texting me so much",
    "don't message me before 10am",
    "only text me in the morning, stop texting me at night",
    "🚫",
    "not interested anymore",
    "enough already",
    "quit it",
    "Please don't stop texting me",
    "This has to stop",
    "when will this stop",
    "I'm blocking you",
    "scam",
    "Is this a scam?",
    "no solicité esto",
    "número incorrecto",
    "ya basta",
    "too many messages",
    "I'm going to report this number",
    "stop calling me",
    "how do I stop my french press from clogging",
    "How did you get this number?",
]
ORDINARY = [
    "hello",
    "yes",
    "Yes please",
    "no",
    "No thanks",
    "thanks!",
    "I'll stop by Thursday",
    "stop by Thursday",
    "can you stop at 5?",
    "end of day works",
    "cancel my order",
    "please cancel my appointment",
    "Please cancel my order #1234",
    "can you cancel order 55",
    "non-stop flight",
    "I'm at the bus stop",
    "I can't stop drinking this coffee",
    "cant stop wont stop",
    'Liked "Acme: 20% off. Reply STOP to opt out"',
    "Loved “Your order shipped. Reply STOP to end”",
    "👍 to “Reply STOP to opt out”",
    "Disliked “Acme sale. Reply STOP to opt out”",
    "Le gustó “Acme: STOP para cancelar”",
    "Reacted ❤️ to “Acme STOP to end”",
    "I use a Chemex",
    "Can you send me the decaf next time?",
    "lista de espera",
    "la talla es baja",
    "when does the sale start?",
    "what time do you open",
    "Is the shop open on Sunday",
    "remove the decaf from my order",
    "text me when it's ready",
    "Please send more texts like this",
    "Quiero más café",
    "Je voudrais plus de café",
    "I quit smoking, so coffee it is",
    "I'm driving with Do Not Disturb While Driving turned on. I'll see your message later.",
    "I am out of the office until Monday",
    "call me later",
    "the end of the month",
    "weekend is fine",
    "👍",
    "❤️",
    "😂😂",
    "",
    "Can you take my name for the pickup order?",
    "take me to your leader",
    "this isn't good",
    "This is not working",
    "my grinder is annoying but ok",
    "I lost my number of the order",
    "Sue picked it up",
    "F",
    "My machine died",
    "do you do wholesale",
    "how do I get coffee stains out",
    "who is this coffee from",
    "I have enough beans for now",
    "It's delicious, no complaints",
    "Don't worry about it",
    "please don't forget my oat milk",
    "Do not ship it yet",
    "Don't send the decaf, send espresso",
    "What's the end date?",
    "Can I get a refund",
    "I'm 5 minutes away",
    "no me gusta el descafeinado",
    "ya no quiero el pedido",
    "We stopped there yesterday",
    "does the offer include shipping",
    "is this legit",
    "I don't want the decaf",
    "I don't want to get the wrong beans",
    "drop me off a bag",
    "write me back",
    "I am out of beans",
    "Please stop by the store",
    "We'll stop in tomorrow",
    "Should I stop at the pharmacy",
    "My bus stop is near the cafe",
    "Love it, keep them coming",
    "Keep texting me!",
    "Yes send me more texts",
    "I didn't get my text",
    "I want to cancel my order",
    "Need to cancel tomorrow's appointment",
    "quit is not in my vocabulary",
    "What's the wrong grind for espresso?",
    "You sent me the wrong bag",
    "I got the wrong order",
    "wrong size",
    "remove item 2",
    "Can you remove the sugar",
    "Delete the last item please",
    "off topic but do you sell mugs",
    "The list of drinks?",
    "No more milk for me",
    "no more than two bags",
    "we have no more coffee",
    "I don't have any more beans",
    "end to end",
    "Ended up loving it",
    "She passed me the cup",
    "Help me choose a grinder",
    "leave it at the door",
    "Leave the package with my neighbor",
    "my number is 206-555-0100",
    "Is this the number for support?",
    "who is the roaster?",
    "Who are your suppliers",
    "Do you text at night?",
    "out of stock?",
    "opt for the dark roast",
    "I want out of the box ideas",
    "Quiero cancelar mi pedido",
    "¿Cuándo llega mi pedido?",
    "C'est bon merci",
    "Annulez ma commande svp",
    "Ich habe keine Bohnen mehr",
    "bitte keine Milch",
    "I'm so tired of bad coffee",
    "it stopped working",
    "I was told to steep 4 min",
    "texts are fun",
    "no text came through",
    "alerts please",
    "Emphasized “See you Thursday? Reply STOP to opt out”",
    "Laughed at “Acme: brew better. STOP to end”",
    "can I get two bags instead",
    "the machine won't stop leaking",
    "one stop shop!",
    "Stopping by later",
    "nonstop",
    "unstoppable",
]

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
