"""A section layout drawn over the page that it explains. Stands in until the true one arrives."""

from PIL import Image, ImageDraw


def over(screenshot: Image.Image, layout: dict) -> Image.Image:
    """The RGB screenshot with the box of every element, in px of it, and the element's type."""
    drawn = screenshot.convert("RGB")
    draw, stack = ImageDraw.Draw(drawn), list(reversed(layout["structure"]))
    while stack:
        element = stack.pop()
        stack += reversed(element["children"])
        if "box" in element:
            left, top, width, height = element["box"]
            draw.rectangle((left, top, left + max(width, 1), top + max(height, 1)), outline=(196, 30, 110))
            draw.text((left + 2, top + 1), element["type"], fill=(196, 30, 110))
    return drawn
