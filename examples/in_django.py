# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
"""A bot beside a Django project.

``uvicorn --app-dir examples in_django:application`` serves both; LINE_TOKEN and LINE_SECRET are the channel's. LINE
pushes to ``/webhooks/line``. In a project of one's own only the last line is new.
"""

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

from chinwag import Bot, Chat, asgi

bot = Bot("hello", fallback="Write hello.")


@bot.on_text("hello")
async def hello(chat: Chat) -> None:
    """Say hello."""
    name = await chat.ask("What is your name?")
    await chat.say(f"Hello {name}!")


def home(request: HttpRequest) -> HttpResponse:
    """The project's own."""
    del request
    return HttpResponse(b"sweet home")


urlpatterns = [path("", home)]
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])

application = asgi(bot, on="line", beside=get_asgi_application())
