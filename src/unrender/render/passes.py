"""Structure maps as render passes: the page's own HTML, painted again under another stylesheet.

Nothing here draws boxes. A pass is switched on by an attribute of <body>, so that one parsed document yields the
picture and every map.
"""

PASSES = ("maps", "colour")
"""``maps`` paints three maps at once, one per channel: red the line boxes of text, green pictures, blue the intended
weight (255 = 1). ``colour`` paints every run of text as a flat box of its swatch; pictures and surfaces, which consist
of swatches, stay as they are."""

_BARE = "color:transparent!important;border-color:transparent!important;box-shadow:none!important"

STYLESHEET = (
    f"body[data-pass=maps] *{{{_BARE}}}body[data-pass=maps]{{background:#000!important}}"
    "body[data-pass=maps] [class*=b-]{background-color:#000!important}"  # a surface hides what it covers
    "body[data-pass=maps] .w{background-color:rgb(0,0,var(--w))!important}"
    "body[data-pass=maps] .t{background-color:rgb(255,0,var(--w))!important}"
    "body[data-pass=maps] .img{background-color:rgb(0,255,var(--w))!important}"
    "body[data-pass=maps] .img{background-image:none!important}"
    "body[data-pass=colour] .t{background-color:currentcolor}"
)
"""Appended to a page's own style. `.t` is an inline run of text (its background paints one rectangle per line box),
`.img` a picture, `.w` whatever has a weight (`--w`: 0..255), `.b-NAME` a surface."""
