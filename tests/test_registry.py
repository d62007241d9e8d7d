"""The registered models as people get them: from the store by alias, and from `mlflow models serve` over HTTP."""

import base64
import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pandas as pd
import pytest
import torch
from PIL import Image

from unrender.artifacts import save_model
from unrender.models import abstractor, decoder, decoders, encoder, refiner
from unrender.models.nn.unet import UNetConfig
from unrender.registry.register import blank_page

pytestmark = pytest.mark.slow
SMALL = UNetConfig(base=16, factors=(1,), attention=())
TINY = decoder.TransformerConfig(width=32, layers=1)


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Path:
    """A project whose random models are registered."""
    root = tmp_path_factory.mktemp("project")
    torch.manual_seed(0)
    errors = dict.fromkeys(("tone", "alignment", "contrast", "whitespace", "hierarchy"), 0.1)
    networks = {
        "encoder": (encoder.Encoder(encoder.Config(base=4)), {}),
        "abstractor": (abstractor.Abstractor(abstractor.Config(width=4)), {"errors": errors}),
        "decoder": (decoders.decoder_for(decoder.Config(transformer=TINY, steps=1)), {}),
        "refiner": (refiner.Refiner(refiner.Config(unet=SMALL, patterns=8, steps=1)), {}),
    }
    for kind, (network, labels) in networks.items():
        settings = network.config.model_dump(mode="json")
        save_model(root / "models" / f"{kind}.safetensors", network.state_dict(), kind, settings, labels)
    (root / "dvc.yaml").write_text("stages: {}\n")
    code = (
        "from pathlib import Path; from unrender.registry.register import register; register(Path('models'), {}, True)"
    )
    for ready in (True, False):
        subprocess.run([sys.executable, "-c", code.format(ready)], cwd=root, env=environment(root), check=True)
    return root


def environment(root: Path) -> dict[str, str]:
    src = str(Path(__file__).parents[1] / "src")
    uri = f"sqlite:///{root}/.mlflow/mlflow.db"
    return os.environ | {"PYTHONPATH": src, "MLFLOW_TRACKING_URI": uri, "MLFLOW_DISABLE_TELEMETRY": "true"}


def test_champion_is_the_last_that_was_ready(store):
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{store}/.mlflow/mlflow.db")
    for name in ("unrender-read", "unrender-draw"):
        assert str(client.get_model_version_by_alias(name, "champion").version) == "1"
        assert str(client.get_model_version_by_alias(name, "latest-trained").version) == "2"


@pytest.mark.parametrize(
    ("name", "row", "column"),
    [
        ("unrender-read", {"image": blank_page()}, "goal"),
        ("unrender-draw", {"goal": "sell", "format": "poster", "tone": 0.5, "seed": 1}, "image"),
    ],
)
def test_a_served_model_answers(store, name, row, column):
    with served(store, name) as url:
        answer = post(url, [row, row])["predictions"]
        assert len(answer) == 2 and answer[0] == answer[1]
        if column == "image":
            assert Image.open(io.BytesIO(base64.b64decode(answer[0]["image"]))).size == (256, 256)
        else:
            assert answer[0]["goal"] in encoder_goals()
        wrong = row | ({"image": "no base64"} if "image" in row else {"goal": "fly"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            post(url, [row, wrong])
        assert refused.value.code == 400 or "row 1" in refused.value.read().decode()


def encoder_goals() -> tuple[str, ...]:
    from unrender.design.brief import GOALS

    return GOALS


def post(url: str, rows: list[dict]) -> dict:
    body = json.dumps({"dataframe_split": pd.DataFrame(rows).to_dict("split")}).encode()
    request = urllib.request.Request(f"{url}/invocations", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


class served:
    """`mlflow models serve` on a free port, ended afterwards with all that it started."""

    def __init__(self, store: Path, name: str):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        uri = f"models:/{name}@champion"
        options = ["--env-manager", "local", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1"]
        command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", uri, *options]
        self.process = subprocess.Popen(
            command, cwd=store, env=environment(store), start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def __enter__(self) -> str:
        url = f"http://127.0.0.1:{self.port}"
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{url}/ping", timeout=2).close()
                return url
            except OSError:
                assert self.process.poll() is None, "the server ended by itself"
                time.sleep(0.5)
        raise TimeoutError(url)

    def __exit__(self, *_: object) -> None:
        os.killpg(self.process.pid, 15)
        self.process.wait(30)
