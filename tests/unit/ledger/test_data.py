"""Columns of data files: a mask of rows is the same to Arrow, whatever its length."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tokenaudit.ledger.data import mask


@given(st.lists(st.booleans(), max_size=70))
def test_a_mask_says_what_the_array_says(wanted: list[bool]) -> None:
    assert mask(np.array(wanted, bool)).equals(pa.array(wanted, pa.bool_()))
