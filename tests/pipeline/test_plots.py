"""`dvc plots diff` is a page that opens without a network."""

import re
import shutil
import subprocess

import pytest

DVC_YAML = """\
plots:
  - curve.csv:
      x: step
      y: loss
"""


@pytest.mark.slow
def test_plots_diff_draws_curves_offline(tmp_path, root):
    chromium = shutil.which("chromium") or shutil.which("google-chrome") or pytest.skip("no Chromium")
    template = root / ".venv" / "plots.html"
    if not template.exists():
        pytest.skip("`make setup` writes .venv/plots.html")

    def run(*command):
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    run("git", "init", "-q")
    run("git", "config", "user.email", "a@b")
    run("git", "config", "user.name", "a")
    run("dvc", "init", "-q")
    run("dvc", "config", "plots.html_template", str(template))
    (tmp_path / "dvc.yaml").write_text(DVC_YAML)
    for slope in (1, 2):
        rows = "".join(f"{step},{slope * step}\n" for step in range(9))
        (tmp_path / "curve.csv").write_text(f"step,loss\n{rows}")
        run("git", "add", ".")
        run("git", "commit", "-qm", f"slope {slope}")
    run("dvc", "plots", "diff", "HEAD~1", "HEAD", "--out", "page")
    page = tmp_path / "page" / "index.html"
    assert not re.search(r"<(script|link)[^>]*(src|href)=", page.read_text())
    dom = run(
        chromium, "--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND",
        f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=5000", "--dump-dom", page.as_uri(),
    )  # fmt: skip
    body = dom.partition("<body>")[2]
    assert "<canvas" in body or "<svg" in body
