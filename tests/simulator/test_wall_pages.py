"""The wall of phones as plain pages and events; the browser itself is tested elsewhere."""

import json
import threading

import requests
from twilio.rest import Client

from tests.simulator_process import SimulatorProcess

MAYA, ACME = "+15035550101", "+15005550006"


def page(simulator: SimulatorProcess, path: str = "/") -> str:
    answer = requests.get(simulator.url + path, timeout=5)
    assert answer.status_code == 200
    return answer.text


def test_an_empty_wall_says_how_a_phone_gets_there(simulator: SimulatorProcess) -> None:
    assert "A phone appears here when a text reaches it" in page(simulator)


def test_a_phone_shows_its_thread_and_that_it_is_blocked(client: Client, simulator: SimulatorProcess) -> None:
    client.messages.create(to=MAYA, from_=ACME, body="Hello <b>Maya</b>")
    simulator.settle()
    simulator.send(from_=MAYA, to=ACME, body="STOP")
    html = page(simulator)
    assert "+1 (503) 555-0101" in html
    assert "Hello &lt;b&gt;Maya&lt;/b&gt;" in html
    assert "badge blocked" in html
    assert "unsubscribed" in html


def test_reading_and_typing_clear_the_unread_count(client: Client, simulator: SimulatorProcess) -> None:
    for _ in range(2):
        client.messages.create(to=MAYA, from_=ACME, body="Hello")
    simulator.settle()
    assert simulator.phone(MAYA)["unread"] == 2
    requests.post(f"{simulator.url}/wall/phones/{MAYA}/read", timeout=5)
    assert simulator.phone(MAYA)["unread"] == 0


def test_it_shows_sixty_and_finds_the_rest(simulator: SimulatorProcess) -> None:
    for n in range(70):
        simulator.post("phones", {"number": f"+1503555{n:04d}"})
    html = page(simulator)
    assert html.count("<article") == 60
    assert "60 of 70 phones" in html
    assert page(simulator, "/wall/cards?limit=120").count("<article") == 70
    assert page(simulator, "/wall/cards?q=5550003").count("<article") == 1
    assert "No phone matches" in page(simulator, "/wall/cards?q=nobody")


def test_nothing_on_the_page_comes_from_elsewhere(simulator: SimulatorProcess) -> None:
    answer = requests.get(simulator.url, timeout=5)
    assert "http" not in answer.text.replace("https://x", "")
    assert answer.headers["Content-Security-Policy"] == "default-src 'self'"
    for name in ("wall.css", "wall.js", "phone.svg"):
        page(simulator, f"/static/{name}")


def test_an_event_names_the_phone_that_changed(simulator: SimulatorProcess) -> None:
    with requests.get(f"{simulator.url}/_sim/events", stream=True, timeout=5) as events:
        lines = events.iter_lines()
        assert next(lines) == b"retry: 1000"
        typing = threading.Thread(target=simulator.send, kwargs={"from_": MAYA, "to": ACME, "body": "Hi!"})
        typing.start()
        data = next(line for line in lines if line.startswith(b"data: "))
        typing.join()
    assert json.loads(data[6:]) == {"numbers": [MAYA]}
