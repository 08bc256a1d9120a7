"""Open-Meteo as far as the weather bot asks: a few cities, one that answers when it is told to."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

BERLIN = {"name": "Berlin", "country": "Germany", "latitude": 52.52, "longitude": 13.41}
EVIL = {"name": "*_`[<b>&", "latitude": 1.0, "longitude": 2.0}
ASKED, ANSWER = threading.Event(), threading.Event()
"""`Slow` was asked for; it may be answered."""


class OpenMeteo(ThreadingHTTPServer):
    """Serves while it is entered."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        ANSWER.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed or has given up is none of the server's business."""

    @property
    def environment(self) -> dict[str, str]:
        return {"OPEN_METEO_GEOCODING_URL": self.url, "OPEN_METEO_FORECAST_URL": self.url}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/v1/forecast":
            self._answer({"current": {"temperature_2m": 7.0}})
            return
        name = parse_qs(parts.query)["name"][0]
        if name == "Slow":
            ASKED.set()
            ANSWER.wait()
        found = {"Berlin": [BERLIN], "Slow": [BERLIN], "Evil": [EVIL]}.get(name)
        self._answer({"results": found} if found else {"generationtime_ms": 0.3})

    def _answer(self, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
