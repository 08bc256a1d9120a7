"""Weather: a state machine over a chat that it does not know, with data from Open-Meteo.

The services' base URLs are settings: ``OPEN_METEO_GEOCODING_URL`` and ``OPEN_METEO_FORECAST_URL``.
"""

import os
from dataclasses import dataclass
from typing import Any

import httpx

from chinwag import Bot, Chat, State, Texts

GEOCODING = os.environ.get("OPEN_METEO_GEOCODING_URL", "https://geocoding-api.open-meteo.com")
FORECAST = os.environ.get("OPEN_METEO_FORECAST_URL", "https://api.open-meteo.com")
IDLE = "Not started, call /start first"
TROUBLE = "The weather service does not answer as it should. Please try again later."

bot = Bot("weather", fallback=IDLE, texts=Texts(cancelled="Terminating", idle=IDLE))


@dataclass(frozen=True)
class City:
    """A place on Earth, as the geocoding service names it."""

    name: str
    country: str
    latitude: float
    longitude: float

    def __str__(self) -> str:
        country = f" ({self.country})" if self.country else ""
        return f"{self.name}{country} at latitude {self.latitude} and longitude {self.longitude}"


async def fetch(url: str, parameters: dict[str, Any]) -> Any:
    """Get JSON from a service."""
    async with httpx.AsyncClient(timeout=10) as client:
        answer = await client.get(url, params=parameters)
        answer.raise_for_status()
        return answer.json()


async def find_city(name: str) -> City | None:
    """The best match for a name, if there is one."""
    found = await fetch(f"{GEOCODING}/v1/search", {"name": name, "count": 1})
    for result in found.get("results") or ():
        words = " ".join(str(result["name"]).split())
        return City(words, str(result.get("country") or ""), float(result["latitude"]), float(result["longitude"]))
    return None


async def temperature(latitude: float, longitude: float) -> float:
    """The temperature in °C at a place, now."""
    place = {"latitude": latitude, "longitude": longitude, "current": "temperature_2m"}
    return float((await fetch(f"{FORECAST}/v1/forecast", place))["current"]["temperature_2m"])


@bot.on_command("start")
async def start(chat: Chat) -> State:
    """Find out how warm it is somewhere."""
    await chat.say("Starting...")
    return FindCity()


@dataclass(frozen=True)
class FindCity(State):
    """Ask for a city until there is one of that name."""

    async def run(self, chat: Chat) -> "FindCity | FetchWeather":
        """Ask, look it up, and go on."""
        name = await chat.ask("Name a city: ")
        try:
            city = await chat.step(find_city, name, retries=2, timeout=10)
        except Exception as error:  # noqa: BLE001 - whatever the service does, the user gets a clear word
            chat.log.warning("geocoding %r: %s", name, error)
            await chat.say(TROUBLE)
            return FindCity()
        if city is None:
            await chat.say("Found nothing")
            return FindCity()
        await chat.say(f"Found {city}")
        return FetchWeather(city)


@dataclass(frozen=True)
class FetchWeather(State):
    """Tell how warm it is."""

    city: City

    async def run(self, chat: Chat) -> "ContinueOrQuit":
        """Fetch, and tell."""
        try:
            degrees = await chat.step(temperature, self.city.latitude, self.city.longitude, retries=2, timeout=10)
            await chat.say(f"Current temperature is {degrees} °C")
        except Exception as error:  # noqa: BLE001 - as above
            chat.log.warning("forecast for %s: %s", self.city, error)
            await chat.say(TROUBLE)
        return ContinueOrQuit()


@dataclass(frozen=True)
class ContinueOrQuit(State):
    """Once more, or enough?"""

    async def run(self, chat: Chat) -> FindCity | None:
        """Let the user choose."""
        if await chat.choose("What should we do next?", ["continue", "quit"]) == "continue":
            return FindCity()
        await chat.say("Terminating")
        return None
