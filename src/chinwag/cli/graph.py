"""``chinwag graph``: a bot's states and what begins them, as Mermaid text or as a picture."""

from pathlib import Path
from typing import Annotated, Any

import typer

from chinwag.cli.loading import load
from chinwag.cli.options import File
from chinwag.cli.transitions import mermaid, transitions
from chinwag.core.errors import ChinwagError, UsageError


def graph(
    file: File,
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="OUT", help="Draw it into this SVG file instead.")
    ] = None,
) -> None:
    """Draw a bot's states.

    Mermaid text on stdout, for a README or mermaid.live; with --svg a picture, for which chinwag[graph] is needed.

    Example: chinwag graph examples/weather.py --svg weather.svg
    """
    text = mermaid(transitions(load(file)))
    if svg is None:
        typer.echo(text)
    else:
        _draw(text, svg)
        typer.echo(f"{svg} is drawn")


def _draw(text: str, path: Path) -> None:
    try:
        import mermaidx  # noqa: PLC0415 - an extra that only this option needs
    except ImportError:
        raise UsageError("--svg needs the library mermaidx: pip install 'chinwag[graph]'") from None
    try:
        drawing: Any = mermaidx.render(text)
        path.write_text(drawing.svg if isinstance(drawing.svg, str) else drawing.svg(), encoding="utf-8")
    except OSError:
        raise
    except Exception as error:
        raise ChinwagError(
            f"mermaidx could not draw it ({error}); the text is shown by `chinwag graph` without --svg"
        ) from error
