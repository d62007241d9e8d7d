"""The PNG codec loses nothing."""

import numpy as np
import PIL
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from unrender.data.pictures import decode, encode

SHAPES = st.one_of(
    st.tuples(st.integers(1, 40), st.integers(1, 40)), st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3))
)


@given(arrays(np.uint8, SHAPES))
def test_decoding_undoes_encoding(pixels):
    assert (decode(encode(pixels)) == pixels).all()


@pytest.mark.parametrize("data", [b"", b"not a picture", encode(np.zeros((9, 9), np.uint8))["bytes"][:40]])
def test_no_picture_is_an_error(data):
    with pytest.raises((PIL.UnidentifiedImageError, OSError)):
        decode({"bytes": data, "path": None})
