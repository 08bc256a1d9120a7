"""The arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer


def _number(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise typer.BadParameter(f"{text!r} is no number of a conversation: `chinwag ps` lists them")
    return int(text)


File = Annotated[
    str, typer.Argument(metavar="FILE", help="The bot: path.py, path.py:bot or package.module:bot.", show_default=False)
]
BotFile = Annotated[
    str | None,
    typer.Argument(metavar="[FILE]", help="The bot: path.py, path.py:bot or package.module:bot.", show_default=False),
]
Store = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help="sqlite:///path from here, or sqlite:////path; left out: .chinwag/<bot>.db in the current folder.",
        show_default=False,
    ),
]
Own = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A setting of the bot; as often as needed.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Write JSON, for a program to read.")]
Number = Annotated[
    int, typer.Argument(metavar="ID", help="The conversation's id; `chinwag ps` lists them.", parser=_number)
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="PATH",
        help="The file with settings; chinwag.toml in the current folder, if it is there.",
        show_default=False,
    ),
]
AccountName = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="Its name, with or without its network in front.", show_default=False)
]
