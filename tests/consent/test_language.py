import re
import tomllib
from importlib.resources import files

import pytest

from consent.keywords import normalise
from consent.language import grammar, languages
from consent.understanding import understand

TABLES = {
    file.name.removesuffix(".toml"): tomllib.loads(file.read_text(encoding="utf-8"))
    for file in files("consent").joinpath("languages").iterdir()
}

# "Please do not send me any more messages" and its like.
REQUESTS = {
    "bg": "моля не ми пращайте повече съобщения",
    "ca": "si us plau no m'envieu més missatges",
    "fa": "لطفا دیگر پیام نفرستید",
    "hr": "molim vas nemojte mi više slati poruke",
    "hu": "kérem ne küldjenek több üzenetet",
    "sw": "tafadhali msinitumie ujumbe tena",
    "ar": "لا ترسلوا لي رسائل بعد الآن",
    "cs": "prosím neposílejte mi zprávy",
    "da": "send mig ikke flere beskeder",
    "de": "bitte schickt mir keine Nachrichten mehr",
    "el": "μη μου στέλνετε άλλα μηνύματα",
    "en": "please do not send me any more messages",
    "es": "por favor no me manden más mensajes",
    "fi": "älkää lähettäkö minulle viestejä",
    "fr": "merci de ne plus m'envoyer de messages",
    "he": "אל תשלחו לי יותר הודעות",
    "hi": "मुझे मैसेज मत भेजो",
    "ht": "pa voye mesaj ban mwen ankò",
    "id": "jangan kirim pesan lagi",
    "it": "per favore non mandatemi più messaggi",
    "ja": "もうメッセージを送らないでください",
    "ko": "문자 그만 보내주세요",
    "nl": "stuur me alsjeblieft geen berichten meer",
    "pl": "proszę nie wysyłać mi więcej wiadomości",
    "pt": "por favor não me mandem mais mensagens",
    "ro": "vă rog nu îmi mai trimiteți mesaje",
    "ru": "пожалуйста, не присылайте мне больше сообщения",
    "sv": "skicka inga fler meddelanden",
    "tl": "huwag na po kayong magtext sa akin",
    "tr": "bana mesaj göndermeyin lütfen",
    "uk": "будь ласка, не надсилайте мені повідомлення",
    "vi": "đừng gửi tin nhắn cho tôi nữa",
    "zh": "请不要再给我发短信",
    "bn": "মেসেজ পাঠানো বন্ধ করুন",
    "ur": "براہ کرم پیغامات بند کریں",
    "pa": "ਮੈਨੂੰ ਮੈਸੇਜ ਨਾ ਭੇਜੋ",
    "ta": "செய்திகளை நிறுத்துங்கள்",
    "te": "మెసేజ్ పంపకండి",
    "th": "หยุดส่งข้อความหาฉัน",
    "so": "fadlan joojiya fariimaha",
    "ne": "मलाई सन्देश नपठाउनुहोस्",
    "gu": "મેસેજ મોકલવાનું બંધ કરો",
}


def test_every_language_has_a_request_here() -> None:
    assert set(REQUESTS) == set(languages()) == set(TABLES) - {"borrowed"}


@pytest.mark.parametrize("code", REQUESTS)
def test_a_plain_request_closes_in_every_language(code: str) -> None:
    meaning = understand(REQUESTS[code])
    assert (meaning.outcome, meaning.language) == ("closed", code), meaning


@pytest.mark.parametrize("code", TABLES)
def test_every_concept_is_one_of_the_grammar(code: str) -> None:
    assert set(TABLES[code]["concepts"]) <= set(grammar()["concepts"])


@pytest.mark.parametrize("code", TABLES)
def test_every_word_is_spelled_as_replies_are_normalised(code: str) -> None:
    words = {word.removesuffix("*") for words in TABLES[code]["concepts"].values() for word in words}
    assert {word for word in words if normalise(word) != word} == set()


@pytest.mark.parametrize("code", TABLES)
def test_every_pattern_is_spelled_as_replies_are_normalised(code: str) -> None:
    table = TABLES[code]
    sections = [table[name] for name in ("bare", "clear", "harmless", "less") if name in table]
    patterns = [pattern for section in [*sections, *table.get("held", [])] for pattern in section["patterns"]]
    words = {
        word
        for pattern in patterns
        for word in re.findall(r"[^\W\d_]+", re.sub(r"<[^>]*>|\\\w", " ", pattern))
    }
    assert {word for word in words if normalise(word) != word} == set()


@pytest.mark.parametrize("code", TABLES)
def test_every_reason_to_hold_says_why(code: str) -> None:
    assert all(entry["why"] for entry in TABLES[code].get("held", []))
