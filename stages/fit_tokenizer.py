"""data/clean (train) -> models/tokenizer.json; how well it covers every split -> metrics/tokenizer.json."""

from itertools import chain
from pathlib import Path

from unrender import config, tracking
from unrender.artifacts import write_json
from unrender.data import shards, tokenizer
from unrender.data.coverage import coverage
from unrender.design.languages import of_source

DATASET = Path("data/clean")
TOKENIZER = Path("models/tokenizer.json")
METRICS = Path("metrics/tokenizer.json")


class Params(config.Section):
    tokenizer: tokenizer.Config
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    column = params.tokenizer.column
    with tracking.stage("fit_tokenizer", config.flatten(params.tokenizer), params.tracking.enabled) as run:
        fitted = tokenizer.fit(params.tokenizer, chain(language(column), texts("train", column)))
        tokenizer.save(fitted, TOKENIZER)
        splits = {split: coverage(fitted, texts(split, column)) for split in shards.known_splits(DATASET)}
        write_json(METRICS, {"vocabulary": fitted.get_vocab_size(), **splits})
        run.artifact(METRICS)


def language(column: str) -> list[str]:
    """All words of the codes' language, as one text: train may lack some of a foreign one."""
    source = shards.read_manifest(DATASET).get("source", "")
    return [" ".join(of_source(source).vocabulary)] if column == "dsl" else []


def texts(split: str, column: str):
    """The split's texts; rows that lack them are skipped."""
    return (row[column] for row in shards.iterate(DATASET, split, [column]) if row[column] is not None)


if __name__ == "__main__":
    config.run_stage(main)
