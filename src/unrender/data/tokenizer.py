"""Tokens of a design: words of the DSL, or byte pairs of its HTML. One `tokenizers` JSON file either way."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from unrender.artifacts import atomic_path
from unrender.config import Section, UserError
from unrender.design import dsl

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PAD, BOS, EOS, UNK = SPECIALS = ("<pad>", "<bos>", "<eos>", "<unk>")
_WORD = r"[{},]|[^\s{},]+"


class Config(Section):
    kind: Literal["word", "bpe"] = Field(description="word: one token per DSL word. bpe: byte pairs of the HTML.")
    vocab_size: int = Field(ge=300, description="Size of a bpe vocabulary; the word vocabulary is what it is.")

    @property
    def column(self) -> str:
        """The dataset column that is tokenised."""
        return "dsl" if self.kind == "word" else "html"


def fit(config: Config, texts: Iterable[str]) -> "Tokenizer":
    """A tokenizer of `texts`.

    The word vocabulary holds the whole language in its fixed order, then words of `texts` that the language lacks
    (imported data), in alphabetical order: ids do not move when the data grows.
    """
    return _fit_words(texts) if config.kind == "word" else _fit_pairs(texts, config.vocab_size)


def _fit_words(texts: Iterable[str]) -> "Tokenizer":
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers

    language = [*SPECIALS, *dsl.vocabulary()]
    foreign = sorted({word for text in texts for word in dsl.tokens(text)} - set(language))
    vocabulary = {word: index for index, word in enumerate([*language, *foreign])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=UNK))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(_WORD), behavior="removed", invert=True)
    return _finished(tokenizer)


def _fit_pairs(texts: Iterable[str], size: int) -> "Tokenizer":
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE(unk_token=None))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=list(SPECIALS), initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return _finished(tokenizer)


def _finished(tokenizer: "Tokenizer") -> "Tokenizer":
    """Add the markers of beginning and end around every sequence."""
    from tokenizers import processors

    markers = [(name, tokenizer.token_to_id(name)) for name in (BOS, EOS) if tokenizer.token_to_id(name) is not None]
    tokenizer.add_special_tokens(list(SPECIALS))
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{BOS} $A {EOS}", special_tokens=markers)
    return tokenizer


def save(tokenizer: "Tokenizer", path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as aside:
        aside.write_text(tokenizer.to_str(pretty=True) + "\n")


def load(path: Path) -> "Tokenizer":
    """UserError if the file is missing or is no tokenizer."""
    from tokenizers import Tokenizer

    if not path.exists():
        raise UserError(f"{path} is missing; run `dvc repro fit_tokenizer`")
    text = path.read_text()
    try:
        known = json.loads(text).keys()
    except (json.JSONDecodeError, AttributeError):
        known = ()
    if not {"model", "pre_tokenizer", "added_tokens"} <= set(known):
        raise UserError(f"{path} is no tokenizer file; run `dvc repro -f fit_tokenizer`")
    return Tokenizer.from_str(text)


def encode(tokenizer: "Tokenizer", text: str) -> list[int]:
    """Ids of a text, with its markers of beginning and end."""
    return tokenizer.encode(text).ids


def words(tokenizer: "Tokenizer", ids: Iterable[int]) -> Iterator[str]:
    """Tokens of `ids`, markers and padding left out. `<unk>` stays, so that a loss is seen."""
    for index in ids:
        token = tokenizer.id_to_token(index)
        if token is None:
            raise ValueError(f"id {index} is not in a vocabulary of {tokenizer.get_vocab_size()}")
        if token not in (PAD, BOS, EOS):
            yield token


def decode_design(tokenizer: "Tokenizer", ids: Iterable[int]) -> str:
    """The canonical DSL text of a word-level sequence. dsl.SyntaxFault if it is no design."""
    return dsl.encode(*dsl.decode(" ".join(words(tokenizer, ids))))
