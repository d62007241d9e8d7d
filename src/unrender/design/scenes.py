"""Illustrations that stand in for photographs: small SVG scenes in the theme's own swatches."""

from numpy.random import Generator

from .swatches import hex_code

_OPEN = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" preserveAspectRatio="xMidYMid slice">'
_WHITE, _INK = hex_code("white"), hex_code("ink")  # signs too must be swatches: the colour pass leaves pictures alone


def css_url(markup: str) -> str:
    """An SVG as a CSS image that may stand in a style attribute."""
    escaped = markup.replace("%", "%25").replace("#", "%23").replace('"', "%22").replace("<", "%3C").replace(">", "%3E")
    return f"url('data:image/svg+xml,{escaped}')"


def scene(rng: Generator, base: str, accents: tuple[str, str, str]) -> str:
    """SVG markup of one scene whose ground is the swatch `base`."""
    draw = _SCENES[int(rng.integers(len(_SCENES)))]
    shapes = draw(rng, *(hex_code(name) for name in accents))
    return f'{_OPEN}<rect width="100" height="100" fill="{hex_code(base)}"/>{shapes}</svg>'


def _landscape(rng: Generator, first: str, second: str, third: str) -> str:
    horizon, drop = rng.integers(52, 68), rng.integers(6, 16)
    sun_x, sun_y, radius = rng.integers(18, 82), rng.integers(18, 40), rng.integers(6, 12)
    return (
        f'<circle cx="{sun_x}" cy="{sun_y}" r="{radius}" fill="{third}"/>'
        f'<path d="M0 {horizon} Q25 {horizon - 2 * drop} 50 {horizon} T100 {horizon - drop} V100 H0Z" fill="{second}"/>'
        f'<path d="M0 {horizon + drop + 8} Q35 {horizon - 2} 62 {horizon + drop} T100 {horizon + 6} V100 H0Z" fill="{first}"/>'
    )


def _peaks(rng: Generator, first: str, second: str, third: str) -> str:
    left, right, top = rng.integers(22, 40), rng.integers(58, 80), rng.integers(24, 40)
    return (
        f'<circle cx="{rng.integers(70, 88)}" cy="{rng.integers(14, 26)}" r="7" fill="{third}"/>'
        f'<path d="M-10 86 L{left} {top + 8} L{left + 40} 86Z" fill="{second}"/>'
        f'<path d="M{right - 48} 90 L{right} {top} L112 90Z" fill="{first}"/><rect y="84" width="100" height="16" fill="{first}"/>'
    )


def _portrait(rng: Generator, first: str, second: str, third: str) -> str:
    x, head = rng.integers(42, 58), rng.integers(13, 18)
    return (
        f'<circle cx="{x}" cy="46" r="38" fill="{third}"/>'
        f'<path d="M{x - 32} 104 Q{x - 30} 62 {x} 62 T{x + 32} 104Z" fill="{first}"/>'
        f'<circle cx="{x}" cy="44" r="{head}" fill="{second}"/>'
    )


def _object(rng: Generator, first: str, second: str, third: str) -> str:
    width, top = rng.integers(24, 40), rng.integers(22, 34)
    x = 50 - width / 2
    return (
        f'<ellipse cx="50" cy="84" rx="{width * 0.8:.0f}" ry="5" fill="{first}"/>'
        f'<rect x="{x:.0f}" y="{top}" width="{width}" height="{82 - top}" rx="{rng.integers(2, 14)}" fill="{first}"/>'
        f'<rect x="{x + 4:.0f}" y="{top + 14}" width="{width - 8}" height="14" fill="{second}"/>'
        f'<rect x="{50 - width / 5:.0f}" y="{top - 10}" width="{width * 0.4:.0f}" height="10" fill="{third}"/>'
    )


def _city(rng: Generator, first: str, second: str, third: str) -> str:
    parts, x = [], 2
    while x < 96:
        width, height = int(rng.integers(9, 19)), int(rng.integers(24, 70))
        parts.append(
            f'<rect x="{x}" y="{100 - height}" width="{width}" height="{height}" fill="{(first, second)[x % 2]}"/>'
        )
        parts.append(f'<rect x="{x + 3}" y="{106 - height}" width="3" height="5" fill="{third}"/>')
        x += width + int(rng.integers(0, 5))
    return "".join(parts)


def _shapes(rng: Generator, first: str, second: str, third: str) -> str:
    parts = []
    for colour in (second, first, third):
        x, y, radius = rng.integers(10, 90), rng.integers(10, 90), rng.integers(14, 32)
        parts.append(f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{colour}"/>')
    return "".join(parts)


def _table(rng: Generator, first: str, second: str, third: str) -> str:
    x, y = rng.integers(30, 70), rng.integers(34, 62)
    return (
        f'<rect y="70" width="100" height="30" fill="{second}"/><circle cx="{x}" cy="{y}" r="22" fill="{first}"/>'
        f'<circle cx="{x}" cy="{y}" r="14" fill="{third}"/><path d="M6 100 L40 62 L52 100Z" fill="{first}"/>'
    )


_SCENES = (_landscape, _peaks, _portrait, _object, _city, _shapes, _table)


def route(rng: Generator, road: str, park: str, pin: str) -> str:
    """A street map."""
    a, b = rng.integers(20, 45), rng.integers(55, 80)
    return (
        f'{_OPEN}<rect width="100" height="100" fill="{hex_code(park)}"/><g stroke="{hex_code(road)}" stroke-width="4" fill="none">'
        f'<path d="M0 {a} H100 M0 {b} H100 M{a} 0 V100 M{b} 0 V100 M0 0 L100 100"/></g>'
        f'<circle cx="{(a + b) // 2}" cy="{a + 4}" r="8" fill="{hex_code(pin)}"/></svg>'
    )


def matrix(rng: Generator, dark: str, light: str) -> str:
    """A square code of dots."""
    cells = "".join(
        f'<rect x="{10 + 8 * x}" y="{10 + 8 * y}" width="8" height="8"/>'
        for y in range(10)
        for x in range(10)
        if rng.random() < 0.5 or (x < 3 and y < 3) or (x > 6 and y < 3) or (x < 3 and y > 6)
    )
    return (
        f'{_OPEN}<rect width="100" height="100" fill="{hex_code(light)}"/><g fill="{hex_code(dark)}">{cells}</g></svg>'
    )


def _under(sign: str, markup: str) -> str:
    return markup.replace("</svg>", sign + "</svg>")


def with_play_sign(markup: str) -> str:
    """A scene under the play sign of a video."""
    return _under(
        f'<circle cx="50" cy="50" r="13" fill="{_WHITE}"/><path d="M46 43 L59 50 L46 57Z" fill="{_INK}"/>', markup
    )


def with_corner_sign(markup: str) -> str:
    """A scene with a small play sign where it starts by itself: at the right, below."""
    return _under(
        f'<circle cx="94" cy="94" r="4.5" fill="{_WHITE}"/><path d="M92.5 91.5 L97 94 L92.5 96.5Z" fill="{_INK}"/>',
        markup,
    )


def with_arrows(markup: str) -> str:
    """A scene between the two arrows of a carousel."""
    sign = (
        f'<g fill="{_WHITE}"><circle cx="8" cy="50" r="4.5"/><circle cx="92" cy="50" r="4.5"/></g>'
        f'<g fill="none" stroke="{_INK}" stroke-width="1.4"><path d="M9 47.5 L6.5 50 L9 52.5 M91 47.5 L93.5 50 L91 52.5"/></g>'
    )
    return _under(sign, markup)


def glyph(rng: Generator, ink: str) -> str:
    """A pictogram on no ground."""
    shape = (
        '<circle cx="50" cy="50" r="22"/>',
        '<path d="M50 24 L76 74 H24Z"/>',
        '<rect x="28" y="28" width="44" height="44" rx="8"/>',
        '<path d="M50 22 L58 42 L78 50 L58 58 L50 78 L42 58 L22 50 L42 42Z"/>',
        '<path d="M28 52 L44 68 L74 34" fill="none" stroke-width="10"/>',
    )[int(rng.integers(5))]
    return f'{_OPEN}<g fill="{hex_code(ink)}" stroke="{hex_code(ink)}">{shape}</g></svg>'
