"""Pictures and everything picture-like."""

from .. import scenes
from ..dom import Dom, Ink
from ..tree import Node
from .builder import Builder, surface
from .registry import element

_PICTURE = ".img{flex:none;background-size:cover;background-position:center}"


def picture(
    b: Builder,
    classes: tuple[str, ...],
    markup: str,
    ground: str,
    weight: float,
    behind: str,
    layout: str | None = "image",
) -> Dom:
    """A box that shows an SVG; `ground` is the swatch that contrast is reckoned with."""
    ink = Ink(False, weight, 0.0, ground, behind, ranked=False)
    style = f"--w:{round(weight * 255)}"
    if markup:
        style += f";background-image:{scenes.css_url(markup)}"
    return Dom("div", ("img", "w", *classes), style=style, ink=ink, layout=layout)


def _ground(b: Builder, behind: str) -> tuple[str, str]:
    """A ground swatch unlike what is behind, and the scene on it."""
    pool = [name for name in (b.colours.tint, b.colours.second, b.colours.accent, "silver") if name != behind]
    ground = pool[int(b.scene_rng.integers(len(pool)))]
    accents = [
        name
        for name in (b.colours.band, b.colours.accent, b.colours.second, b.colours.surface, "slate")
        if name != ground
    ]
    return ground, scenes.scene(b.scene_rng, ground, (accents[0], accents[1], accents[2]))


@element("image-wide", css=_PICTURE + ".p-wide{width:100%;aspect-ratio:16/8;border-radius:var(--corner)}")
@element("image-photo", css=".p-photo{width:100%;aspect-ratio:4/3;border-radius:var(--corner)}")
@element("image-square", css=".p-square{width:100%;aspect-ratio:1;border-radius:var(--corner)}")
@element("image-tall", css=".p-tall{width:100%;aspect-ratio:4/5;border-radius:var(--corner)}")
def image(b: Builder, node: Node, behind: str) -> Dom:
    ground, markup = _ground(b, behind)
    return picture(b, (f"p-{node.variant}",), markup, ground, 0.5, behind)


@element("avatar", css=".p-avatar{width:3.2rem;height:3.2rem;border-radius:4rem}")
def avatar(b: Builder, node: Node, behind: str) -> Dom:
    ground, markup = _ground(b, behind)
    return picture(b, ("p-avatar",), markup, ground, 0.3, behind)


@element("icon", css=".p-icon{width:2.4rem;height:2.4rem;border-radius:var(--corner)}")
def icon(b: Builder, node: Node, behind: str) -> Dom:
    ground = b.colours.accent if b.colours.accent != behind else b.colours.second
    markup = scenes.glyph(b.scene_rng, b.colours.on(ground))
    return picture(b, ("p-icon", surface(ground)), markup, ground, 0.3, behind, layout="icon")


@element("video", css=".p-video{width:100%;aspect-ratio:16/9;border-radius:var(--corner)}")
def video(b: Builder, node: Node, behind: str) -> Dom:
    ground, markup = _ground(b, behind)
    return picture(b, ("p-video",), scenes.with_play_sign(markup), ground, 0.55, behind, layout="video")


@element("map", css=".p-map{width:100%;aspect-ratio:16/9;border-radius:var(--corner)}")
def street_map(b: Builder, node: Node, behind: str) -> Dom:
    park = "mint" if behind != "mint" else "sand"
    markup = scenes.route(b.scene_rng, "white", park, "red")
    return picture(b, ("p-map",), markup, park, 0.4, behind, layout="map")


@element("qr", css=".p-qr{width:4.6rem;height:4.6rem}")
def qr(b: Builder, node: Node, behind: str) -> Dom:
    return picture(b, ("p-qr",), scenes.matrix(b.scene_rng, "ink", "white"), "white", 0.3, behind, layout="qr")


@element("follow", css=".social{display:flex;gap:.5rem}.p-mark{width:1.3rem;height:1.3rem;border-radius:1rem}")
def social(b: Builder, node: Node, behind: str) -> Dom:
    ground = b.colours.second if b.colours.second != behind else b.colours.accent
    marks = [picture(b, ("p-mark", surface(ground)), "", ground, 0.2, behind, layout=None) for _ in range(4)]
    return Dom("div", ("social",), list(marks), layout="social")


@element(
    "gallery-3",
    css=".gallery{display:grid;grid-template-columns:repeat(3,1fr);gap:.5rem;width:100%}.gallery>.img{border-radius:var(--corner);aspect-ratio:1}.g2{grid-template-columns:repeat(2,1fr)}.g2>.img{aspect-ratio:4/3}",
)
@element("gallery-4")
@element("gallery-6")
@element("gallery-9")
def gallery(b: Builder, node: Node, behind: str) -> Dom:
    columns = "g2" if node.variant == "4" else "g3"
    return Dom("div", ("gallery", columns), [_tile(b, behind) for _ in range(int(node.variant))], layout="gallery")


@element(
    "masonry-5",
    css=".masonry{display:flex;gap:.5rem;width:100%;align-items:flex-start}.masonry>div{flex:1 1 0;min-width:0;gap:.5rem}.masonry .img{width:100%;border-radius:var(--corner)}",
)
@element("masonry-6")
def masonry(b: Builder, node: Node, behind: str) -> Dom:
    """Columns of pictures of unequal height."""
    counts = {"5": (2, 1, 2), "6": (2, 2, 2)}[node.variant]
    columns = [Dom("div", ("stack",), [_brick(b, behind, count) for _ in range(count)]) for count in counts]
    return Dom("div", ("masonry",), list(columns), layout="masonry")


def _brick(b: Builder, behind: str, neighbours: int) -> Dom:
    made = _tile(b, behind)
    ratios = ("1", "4/3", "4/5") if neighbours > 1 else ("3/5", "2/3")
    made.style += f";aspect-ratio:{ratios[int(b.scene_rng.integers(len(ratios)))]}"
    return made


@element(
    "carousel",
    css=".carousel{gap:.5rem;width:100%;align-items:center}.carousel>.img{width:100%;aspect-ratio:16/8;border-radius:var(--corner)}.slides{display:flex;gap:.5rem}",
)
def carousel(b: Builder, node: Node, behind: str) -> Dom:
    """One slide of several: arrows on it, a dot for each below."""
    ground, markup = _ground(b, behind)
    slide = picture(b, (), scenes.with_arrows(markup), ground, 0.5, behind, layout=None)
    here = b.mark(behind)
    other = next(name for name in ("ash", "silver", "slate") if name not in (here, behind))
    count = int(b.scene_rng.integers(3, 6))
    at = int(b.scene_rng.integers(count))
    dots = [Dom("i", ("dot", surface(here if index == at else other))) for index in range(count)]
    return Dom("div", ("carousel", "stack"), [slide, Dom("div", ("slides",), list(dots))], layout="carousel")


def _tile(b: Builder, behind: str) -> Dom:
    ground, markup = _ground(b, behind)
    return picture(b, (), markup, ground, 0.45, behind, layout=None)


@element("divider", css=".divider{width:100%;height:.12rem;flex:none}")
def divider(b: Builder, node: Node, behind: str) -> Dom:
    line = "ash" if behind not in ("ash", "slate") else "silver"
    return Dom("hr", ("divider", surface(line)), layout="divider")
