"""Can a story be written beside the data that it is true of?"""

import json
from dataclasses import asdict

from features.synthetic.planted_story import Story


def test_a_story_is_plain_text_in_json():
    story = Story("a young campaign", "campaign new_patient_video", "more bookings than have come so far")

    assert Story(**json.loads(json.dumps(asdict(story)))) == story
