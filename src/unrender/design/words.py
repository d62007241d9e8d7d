"""Filler copy. The same words serve every goal, so no label leaks through the text."""

from numpy.random import Generator

NOUNS = (
    "harbour garden studio morning river window paper stone market season lantern valley summit bridge cabin "
    "orchard signal meadow copper canvas thread island pocket engine corner forest mirror parcel bottle station "
    "kitchen voyage ladder planet ribbon shelter pattern journal compass theatre anchor basket candle feather"
).split()
VERBS = "carry build follow open gather shape turn keep find share draw bring hold cross light plant move".split()
ADJECTIVES = (
    "quiet bright simple honest modern early open warm clear steady gentle bold local fresh careful small new calm"
).split()
LINKING = "and with for the a of in by from into over under between after before around through near".split()
NAMES = "Mira Okafor Jonas Lind Ana Ruiz Tomas Keller Priya Nair Leo Hart Noor Aziz Ida Berg Sam Cole Yuki Mori".split()
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_PHRASE = (ADJECTIVES, NOUNS, LINKING, NOUNS, VERBS, LINKING, ADJECTIVES, NOUNS)


def phrase(rng: Generator, low: int, high: int) -> str:
    """A capitalised run of `low` to `high` words."""
    count = int(rng.integers(low, high + 1))
    start = int(rng.integers(len(_PHRASE)))
    words = [_pick(rng, _PHRASE[(start + i) % len(_PHRASE)]) for i in range(count)]
    return " ".join(words).capitalize()


def sentences(rng: Generator, low: int, high: int) -> str:
    """Running text of about `low` to `high` words."""
    left = int(rng.integers(low, high + 1))
    parts = []
    while left > 0:
        length = min(left, int(rng.integers(5, 12)))
        parts.append(phrase(rng, length, length) + ".")
        left -= length
    return " ".join(parts)


def label(rng: Generator) -> str:
    return phrase(rng, 1, 2)


def name(rng: Generator) -> str:
    index = int(rng.integers(len(NAMES) // 2)) * 2
    return f"{NAMES[index]} {NAMES[index + 1]}"


def price(rng: Generator) -> str:
    return f"{_pick(rng, ('$', '€', '£'))}{int(rng.integers(4, 400))}{_pick(rng, ('', '', '.90', '.50'))}"


def day(rng: Generator) -> str:
    return str(int(rng.integers(1, 29)))


def month(rng: Generator) -> str:
    return _pick(rng, MONTHS)


def quantity(rng: Generator) -> str:
    return f"{int(rng.integers(2, 99))}{_pick(rng, ('k', '%', '+', 'M', ''))}"


def _pick(rng: Generator, choices) -> str:
    return choices[int(rng.integers(len(choices)))]
