"""Is what is written quickly the same as what is written carefully?"""

import json
import math

import pytest

from serving.http.responses import encode_answers, encode_json


def test_answers_hold_the_same_numbers_and_texts_as_json_writes_them():
    numbers = [0.1, 1 / 3, -2.5e-7, 1e-5, 5e-324, 1e16, 3, -0.0, 12345678.9]
    answers = [
        {"log_odds": number, "text": 'ñ "NaN" 😀\n', "reach": None, "reasons": [{"shown": True}]} for number in numbers
    ]

    assert json.loads(encode_answers(answers)) == json.loads(encode_json(answers))
    assert encode_answers(answers[:2]) == encode_json(answers[:2])


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "half a pair \ud800", object()])
def test_what_json_cannot_hold_is_refused_as_everywhere(value):
    with pytest.raises((ValueError, TypeError)) as refused:
        encode_json([{"value": value}])

    with pytest.raises(refused.type):
        encode_answers([{"value": value}])
