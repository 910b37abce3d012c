from __future__ import annotations

from tokenaudit.model.counted import counted


def test_one_thing_takes_no_s() -> None:
    assert [counted(count, "record") for count in (0, 1, 2, 1_000)] == [
        "0 records",
        "1 record",
        "2 records",
        "1,000 records",
    ]
