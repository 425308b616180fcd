import time
from email.utils import formatdate

import pytest

from gan_course.datasets import answers


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("7", 7),
        ("", 0),
        ("soon", 0),
        ("-3", 0),
        ("9" * 5000, 0),
        (formatdate(time.time() - 60, usegmt=True), 0),
    ],
)
def test_a_pause_is_a_number_or_a_date(header, expected):
    assert answers.seconds(header) == expected
    in_a_minute = formatdate(time.time() + 60, usegmt=True)
    assert 50 < answers.seconds(in_a_minute) <= 60
