"""The same pages in a real Chromium, through Playwright. Slower; the reference that the embedded engine is held to.

The browser starts with the first page, so that a forked worker has one of its own, and sees nothing but the bundled
typefaces and the HTML it is given: no network, no scripts, no system fonts.
"""

import atexit
import base64
import io
import os
import shutil
import tempfile
import time
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from unrender.artifacts import atomic_path
from unrender.config import UserError

from . import fonts
from .engine import Box
from .passes import STYLESHEET

BINARIES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",  # containers run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-lcd-text",
    "--font-render-hinting=none",  # glyphs advance by fractions of a pixel, as in the embedded engine
    "--force-color-profile=srgb",
    "--hide-scrollbars",
)
NO_FRAME, WAITS = "Unable to capture screenshot", (0.05, 0.2, 0.8)
"""What Chromium says where asking again helps, and the seconds after which it is asked."""
_BOXES = """() => Object.fromEntries(Array.from(document.querySelectorAll('[id]'), e => {
    const b = e.getBoundingClientRect(); return [e.id, [b.x, b.y, b.width, b.height]] }))"""
_SELECT = "name => document.body && document.body.setAttribute('data-pass', name)"


class ChromiumPage:
    """A document of the engine's one tab; it is loaded again when another page was shown in between."""

    def __init__(self, engine: "ChromiumEngine", html: str, width: int, height: int, scale: float):
        self.html = html
        self.viewport = width, height
        self.scale = scale
        self._engine = engine

    def boxes(self) -> dict[str, Box]:
        found = self._engine.show(self).evaluate(_BOXES).items()
        return {name: (float(x), float(y), float(width), float(height)) for name, (x, y, width, height) in found}

    def paint(self, render_pass: str | None = None) -> np.ndarray:
        self._engine.show(self).evaluate(_SELECT, render_pass or "none")
        width, height = (max(1, int(side * self.scale)) for side in self.viewport)
        return self._engine.screenshot(*self.viewport, self.scale)[:height, :width]


class ChromiumEngine:
    name = "chromium"

    def __init__(self):
        self._binary = find_binary()
        self._process = 0
        self._shown: ChromiumPage | None = None

    def open(self, html: str, width: int, height: int, scale: float = 1.0) -> ChromiumPage:
        return ChromiumPage(self, html, width, height, scale)

    def show(self, page: ChromiumPage):
        """The tab with `page` in it."""
        if self._process != os.getpid():
            self._start()
        if self._shown is not page:
            width, height = page.viewport
            self._tab.set_viewport_size({"width": width, "height": height})
            self._tab.set_content(_with_passes(page.html))
            self._shown = page
        return self._tab

    def screenshot(self, width: int, height: int, scale: float) -> np.ndarray:
        """RGBA pixels of the tab, laid out at scale 1 and painted at `scale`."""
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": scale}
        taken = self._captured({"format": "png", "clip": clip, "optimizeForSpeed": True})
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(taken["data"]))).convert("RGBA"))

    def _captured(self, options: dict) -> dict:
        """On a busy machine Chromium now and then has no frame to show yet, and says so."""
        from playwright.sync_api import Error

        for wait in WAITS:
            try:
                return self._session.send("Page.captureScreenshot", options)
            except Error as error:
                if NO_FRAME not in error.message:
                    raise
                time.sleep(wait)
        return self._session.send("Page.captureScreenshot", options)

    def _start(self) -> None:
        from playwright.sync_api import sync_playwright

        self._process = os.getpid()
        self._shown = None
        atexit.register(self.close)
        self._playwright = sync_playwright().start()
        environment: dict[str, str | float | bool] = {**os.environ, "FONTCONFIG_FILE": str(font_settings())}
        self._browser = self._playwright.chromium.launch(
            executable_path=self._binary, args=list(FLAGS), env=environment
        )
        context = self._browser.new_context(offline=True, java_script_enabled=False, service_workers="block")
        context.route("**/*", lambda route: route.abort())
        self._tab = context.new_page()
        self._session = context.new_cdp_session(self._tab)

    def close(self) -> None:
        if self._process != os.getpid():
            return
        self._process = 0
        self._browser.close()
        self._playwright.stop()
        atexit.unregister(self.close)


def find_binary() -> str:
    """The system's browser: $UNRENDER_CHROMIUM, or the first known name on the path. UserError if there is none."""
    wanted = os.environ.get("UNRENDER_CHROMIUM")
    found = [path for path in map(shutil.which, (wanted,) if wanted else BINARIES) if path]
    if not found:
        where = (
            f"$UNRENDER_CHROMIUM ({wanted}) is no program"
            if wanted
            else f"none of {', '.join(BINARIES)} is on the path"
        )
        raise UserError(
            f"render.engine chromium needs a browser and {where}; install the package chromium, or use blitz"
        )
    return found[0]


def _with_passes(html: str) -> str:
    head, end, body = html.rpartition("</head>")
    return f"{head}<style>{STYLESHEET}</style>{end}{body}" if end else f"{html}<style>{STYLESHEET}</style>"


@cache
def font_settings() -> Path:
    """A fontconfig file whose only fonts are the bundled ones, unhinted; one folder per user for all processes."""
    folder = Path(tempfile.gettempdir()) / f"unrender-fonts-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    for index, data in enumerate(fonts.every_face()):
        _keep(folder / f"{index}.ttf", data)
    settings = (
        "<match target='font'><edit name='hinting' mode='assign'><bool>false</bool></edit>"
        "<edit name='antialias' mode='assign'><bool>true</bool></edit>"
        "<edit name='rgba' mode='assign'><const>none</const></edit></match>"
    )
    where = f"<dir>{folder}</dir><cachedir>{folder}</cachedir>"
    path = folder / "fonts.conf"
    _keep(path, f"<?xml version='1.0'?><fontconfig>{where}{settings}</fontconfig>".encode())
    return path


def _keep(path: Path, data: bytes) -> None:
    """Write a file unless it is there already; other processes may do the same at once."""
    if not path.exists() or path.read_bytes() != data:
        with atomic_path(path) as aside:
            aside.write_bytes(data)
