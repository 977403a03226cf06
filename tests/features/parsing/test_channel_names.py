"""Do many spellings of one channel become one?"""

import pytest

from features.parsing.channel_names import normalize_channel, normalize_event_kind


@pytest.mark.parametrize("text", ["Web Form", "web-form", "WEBFORM", "web_form", "Website Form", "WEB  FORM"])
def test_a_web_form_is_a_web_form(text):
    assert normalize_channel(text) == "web_form"


@pytest.mark.parametrize(
    ("text", "channel"),
    [("Phone Call", "inbound_call"), ("Inbound Call", "inbound_call"), ("Live chat", "chat"),
     ("Referral - Physician", "referral"), ("E-Mail", "email"), ("Landing Page Submission", "Landing Page Submission"),
     ("Social Media", "Social Media"), ("Paid Social", "social_ad")],
)  # fmt: skip
def test_a_channel_has_one_name(text, channel):
    assert normalize_channel(text) == channel


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Inbound Call", "inbound_call"), ("SMS received", "sms_in"), ("E-mail opened", "email_open"),
     ("Voice Mail", "voicemail"), ("dance", None)],
)  # fmt: skip
def test_a_kind_of_event_has_one_name(text, kind):
    assert normalize_event_kind(text) == kind
