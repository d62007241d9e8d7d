"""A reader of layouts that judges nothing: it says what the tags say."""

import numpy as np

from unrender.design.section_tree import KINDS, Document, Reading

KIND_OF_TAG = {"section": "section", "header": "section", "h1": "heading", "p": "paragraph", "img": "image"}


class ByTag:
    """Boxes are half of the picture, moved by the number of the node."""

    def __init__(self, digest: str = "by tag") -> None:
        self.digest, self.seen = digest, []

    def read(self, image, document: Document) -> Reading:
        self.seen.append((image.size, image.mode))
        kinds = np.array([KINDS.index(KIND_OF_TAG.get(tag, "merged")) for tag in document.tags])
        kinds[0] = 0
        owners = np.where(kinds > 0, np.arange(len(document)), 0)
        for node in range(1, len(document)):
            if kinds[node] == 0:
                owners[node] = owners[document.parents[node]]
        boxes = np.full((len(document), 4), np.nan)
        for node in np.flatnonzero(kinds):
            boxes[node] = node, node, image.width / 2, image.height / 2
        return Reading(kinds, owners, boxes)
