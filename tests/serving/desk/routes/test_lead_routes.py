"""Can a lead be worked with on its page, and is nothing lost that was typed there?"""

import re

import pytest

from tests.support.desk_forms import SAME_ORIGIN, csrf


def test_an_unknown_lead_is_a_page_that_does_not_repeat_the_id(client):
    answer = client.get("/leads/nobody-here", headers={"accept": "text/html"})

    assert answer.status_code == 404 and "nobody-here" not in re.sub(r"<form.*?</form>", "", answer.text)


def test_a_step_that_lacks_something_comes_back_with_what_was_typed(client):
    answer = client.post(
        "/leads/L5",
        data={"csrf": csrf(client), "kind": "outcome", "stage": "lost", "note": "x"},
        headers=SAME_ORIGIN,
    )

    assert (
        answer.status_code == 422
        and "why it was lost" in answer.text
        and '<option value="lost" selected>' in answer.text
    )


@pytest.mark.parametrize("typed", ["2026-02-31", "3pm whenever", "31 feb 9"])
def test_a_callback_on_no_day_is_a_sentence_and_what_was_typed_stays(client, typed):
    answer = client.post(
        "/leads/L5",
        data={"csrf": csrf(client), "kind": "callback", "when": typed},
        headers=SAME_ORIGIN,
    )

    assert answer.status_code == 422 and "Not saved" in answer.text and f'value="{typed}"' in answer.text


def schedule(client, **fields):
    """Send the form of a callback."""
    return client.post(
        "/leads/L7",
        data={"csrf": csrf(client), "kind": "callback", **fields},
        headers=SAME_ORIGIN,
    )


def test_a_callback_is_saved_for_the_time_that_was_typed_whatever_else_the_form_holds(client):
    page = schedule(client, when="tomorrow 3 pm", at="", soon="in 30 minutes").text

    assert "Callback set for tomorrow, 3 PM" in page


def test_a_callback_in_a_closed_hour_is_saved_when_confirmed_and_not_before(client):
    refused = schedule(client, when="sunday 3 am", note="night shift")
    saved = schedule(client, when="sunday 3 am", confirm="1")

    assert refused.status_code == 409 and "We are closed then (Sun, Mar 8, 3 AM)" in refused.text
    assert "Save anyway" in refused.text and 'value="sunday 3 am"' in refused.text and "night shift" in refused.text
    assert "Callback set for Sun, Mar 8, 3 AM" in saved.text


def test_a_time_that_cannot_be_read_is_no_other_time_and_stays_in_the_form(client):
    refused = schedule(client, when="when the cows come home")

    assert refused.status_code == 422 and "such as tomorrow 3 PM" in refused.text
    assert 'value="when the cows come home"' in refused.text
