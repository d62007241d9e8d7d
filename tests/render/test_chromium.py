"""Chromium as an engine: nothing from outside gets in, and a missing browser is one clear sentence."""

import pytest

from unrender.config import UserError
from unrender.data import synthesise
from unrender.render import chromium
from unrender.render.chromium import NO_FRAME


@pytest.fixture
def engine():
    try:
        made = chromium.ChromiumEngine()
    except UserError as error:
        pytest.skip(str(error))
    yield made
    made.close()


def test_a_missing_browser_is_named(monkeypatch):
    monkeypatch.setenv("UNRENDER_CHROMIUM", "/nowhere/browser")
    with pytest.raises(UserError, match=r"/nowhere/browser.*install the package chromium"):
        chromium.find_binary()
    monkeypatch.delenv("UNRENDER_CHROMIUM")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UserError, match="install the package chromium"):
        chromium.find_binary()


def test_pages_do_not_disturb_each_other(engine):
    first = engine.open('<body id="body" style="margin:0;background:#f00"><p id="a">x', 40, 20)
    second = engine.open('<body id="body" style="margin:0;background:#00f"><p id="b">y', 20, 40, scale=0.5)
    assert first.paint()[0, 0].tolist() == [255, 0, 0, 255]
    assert second.paint().shape == (20, 10, 4)
    assert second.paint()[0, 0].tolist() == [0, 0, 255, 255]
    assert "a" in first.boxes()
    assert "b" in second.boxes()


@pytest.mark.parametrize(
    ("failures", "says", "taken"), [(2, NO_FRAME, True), (4, NO_FRAME, False), (1, "Closed", False)]
)
def test_a_picture_that_was_not_ready_is_asked_for_again(engine, monkeypatch, failures, says, taken):
    from playwright.sync_api import Error

    page = engine.open('<body style="margin:0;background:#f00">', 40, 20)
    page.paint()
    send, asked = engine._session.send, []

    def busy(method: str, options: dict) -> dict:
        asked.append(method)
        if len(asked) <= failures:
            raise Error(f"Protocol error ({method}): {says}")
        return send(method, options)

    monkeypatch.setattr(engine._session, "send", busy)
    monkeypatch.setattr(chromium, "WAITS", (0, 0, 0))
    if taken:
        assert page.paint()[0, 0].tolist() == [255, 0, 0, 255]
    else:
        with pytest.raises(Error, match=says):
            page.paint()
    assert len(asked) == min(failures + 1, 4 if says == NO_FRAME else 1)


def test_no_script_and_no_network(engine):
    html = '<body id="body"><p id="a">x</p><script>document.getElementById("a").id = "ran"</script><img src="http://127.0.0.1:9/x.png">'
    assert "a" in engine.open(html, 40, 20).boxes()


@pytest.mark.usefixtures("engine")
def test_rows_in_two_workers(monkeypatch):
    monkeypatch.setattr(synthesise, "CHUNK", 3)
    rows = list(synthesise.rows("train", 6, 0, 0.3, "chromium", workers=2))
    assert [row["id"] for row in rows] == [f"train-{index:06d}" for index in range(6)]
