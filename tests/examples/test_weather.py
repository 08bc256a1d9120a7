"""Weather, text for text, with faked steps and with the real ones against a service that is none."""

from collections.abc import Iterator
from functools import partial

import httpx
import pytest
from examples.weather import IDLE, TROUBLE, City, bot, find_city, temperature

from chinwag import minutes, seconds
from chinwag.testing import SimulatedNetwork, World, play, three_ways

BERLIN = City("Berlin", "Germany", 52.52, 13.41)
FOUND = "Found Berlin (Germany) at latitude 52.52 and longitude 13.41"
NEXT = "What should we do next?"


@pytest.fixture
def world() -> Iterator[World]:
    with play(bot) as world:
        world.steps(find_city, does=lambda name: BERLIN if name == "Berlin" else None)
        world.steps(temperature, returns=21.5)
        yield world


def test_from_start_to_quit(world: World) -> None:
    anna = world.user("anna")
    anna.says("hello")
    anna.says("/cancel")
    assert anna.hears() == [IDLE, IDLE]
    anna.says("/start")
    assert anna.hears() == ["Starting...", "Name a city: "]
    anna.says("Atlantis")
    assert anna.hears() == ["Found nothing", "Name a city: "]
    anna.says("Berlin")
    assert anna.hears() == [FOUND, "Current temperature is 21.5 °C", NEXT]
    anna.chooses("continue")
    anna.says("Berlin")
    assert anna.hears() == ["Name a city: ", FOUND, "Current temperature is 21.5 °C", NEXT]
    anna.says("-1")
    anna.says("0")  # an index is an answer only where indexes are shown
    assert anna.hears() == [NEXT, NEXT]
    anna.says("/start")
    anna.chooses("quit")
    assert anna.hears() == ["Already running, call /cancel to exit", "Terminating"]
    anna.says("hello")
    assert anna.hears() == [IDLE]


def test_choices_by_index() -> None:
    with play(bot, network=SimulatedNetwork(numbered=True)) as world:
        world.steps(find_city, returns=BERLIN)
        world.steps(temperature, returns=-3.0)
        anna = world.user("anna")
        for text in ("/start", "Berlin", "-1", "2", "quit", ""):
            anna.says(text)
        assert anna.hears()[3:] == ["Current temperature is -3.0 °C", *[NEXT] * 5]
        anna.says("1")
        assert anna.hears() == ["Terminating"]


@pytest.mark.parametrize("moment", range(4))
def test_cancel_at_every_point(world: World, moment: int) -> None:
    world.steps(find_city, returns=BERLIN, takes=5)
    world.steps(temperature, returns=21.5, takes=5)
    anna = world.user("anna")
    anna.says("/start")
    if moment:
        anna.says("Berlin")
        world.passes((moment - 1) * 5)
    anna.says("/cancel")
    assert anna.hears()[-1] == "Terminating"
    world.passes(minutes(1))
    anna.says("/cancel")
    assert anna.hears() == [IDLE]


def test_a_message_sent_early_is_kept(world: World) -> None:
    world.steps(find_city, returns=BERLIN, takes=5)
    anna = world.user("anna")
    for text in ("/start", "Berlin", "quit"):
        anna.says(text)
    world.passes(seconds(10))
    assert anna.hears()[-2:] == [NEXT, "Terminating"]


def test_a_service_that_fails(world: World) -> None:
    world.steps(find_city, outcomes=[OSError("down"), OSError("down"), BERLIN])
    world.steps(temperature, raises=ValueError("odd"))
    anna = world.user("anna")
    anna.says("/start")
    anna.says("Berlin")
    world.passes(minutes(1))
    assert anna.hears()[2:] == [FOUND, TROUBLE, NEXT]
    world.steps(find_city, returns=BERLIN, takes=60)
    anna.chooses("continue")
    anna.says("Berlin")
    world.passes(minutes(2))
    assert anna.hears() == ["Name a city: ", TROUBLE, "Name a city: "]


def service(request: httpx.Request) -> httpx.Response:
    """Open-Meteo, as far as it is asked."""
    if request.url.path == "/v1/forecast":
        assert dict(request.url.params) == {"latitude": "52.52", "longitude": "13.41", "current": "temperature_2m"}
        return httpx.Response(200, json={"current": {"temperature_2m": 7.0}})
    assert request.url.path == "/v1/search"
    match request.url.params["name"]:
        case "Berlin":
            place = {"name": "Ber\nlin", "country": "Germany", "latitude": 52.52, "longitude": 13.41}
            return httpx.Response(200, json={"results": [place]})
        case "Nowhere":
            return httpx.Response(200, json={"results": [{"name": "Nowhere", "latitude": 1, "longitude": 2}]})
        case "odd":
            return httpx.Response(200, text="<html>")
        case "down":
            return httpx.Response(500)
    return httpx.Response(200, json={"generationtime_ms": 0.3})


def test_the_real_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    transport = httpx.MockTransport(service)
    monkeypatch.setattr(httpx, "AsyncClient", partial(httpx.AsyncClient, transport=transport))
    with play(bot) as world:
        anna = world.user("anna")
        anna.says("/start")
        anna.says("Atlantis")
        assert anna.hears() == ["Starting...", "Name a city: ", "Found nothing", "Name a city: "]
        for name in ("odd", "down"):
            anna.says(name)
            world.passes(minutes(1))
            assert anna.hears() == [TROUBLE, "Name a city: "]
        anna.says("Berlin")
        assert anna.hears() == [
            "Found Ber lin (Germany) at latitude 52.52 and longitude 13.41",
            "Current temperature is 7.0 °C",
            NEXT,
        ]
        assert world.calls("find_city")[-1] == ("Berlin",)


def test_a_place_without_a_country() -> None:
    assert str(City("Nowhere", "", 1.0, 2.0)) == "Nowhere at latitude 1.0 and longitude 2.0"


def trip(world: World) -> None:
    world.steps(find_city, outcomes=[OSError("down"), None, BERLIN, BERLIN])
    world.steps(temperature, outcomes=[20.0, ValueError("odd"), ValueError("odd"), ValueError("odd")])
    anna = world.user("anna")
    for text in ("/start", "Atlantis", "Berlin", "Berlin", "what?", "continue", "Berlin", "quit", "/start", "/cancel"):
        anna.says(text)
        world.passes(10)
    assert anna.hears() == [
        *("Starting...", "Name a city: ", "Found nothing", "Name a city: "),
        *(FOUND, "Current temperature is 20.0 °C", NEXT, NEXT, NEXT, "Name a city: "),
        *(FOUND, TROUBLE, NEXT, "Terminating", "Starting...", "Name a city: ", "Terminating"),
    ]


def test_through_a_crash_everywhere() -> None:
    three_ways(trip, bot=bot)
