"""A bot inside a FastAPI application.

``uvicorn --app-dir examples in_fastapi:app`` serves both; LINE_TOKEN and LINE_SECRET are the channel's. LINE pushes to
``/bots/webhooks/line``.
"""

from fastapi import FastAPI

from chinwag import Bot, Chat, asgi

bot = Bot("hello", fallback="Write hello.")


@bot.on_text("hello")
async def hello(chat: Chat) -> None:
    """Say hello."""
    name = await chat.ask("What is your name?")
    await chat.say(f"Hello {name}!")


bots = asgi(bot, on="line")

app = FastAPI(lifespan=bots.lifespan)  # it begins and ends with the application
app.mount("/bots", bots)


@app.get("/")
async def home() -> dict[str, str]:
    """The application's own."""
    return {"home": "sweet home"}
