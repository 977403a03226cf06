"""Can a template of the CRM's address lead anywhere but to the CRM?"""

import pytest

from features.errors import PracticeError
from features.practice.record_links import format_record_url, is_record_url
from features.practice_file.practice_toml import practice_from_dict

GOOD = "https://crm.example/contacts/{lead_id}"


@pytest.mark.parametrize(
    "template",
    [
        "http://crm.example/{lead_id}",
        "javascript:alert('{lead_id}')",
        "//crm.example/{lead_id}",
        "https://crm.example/contacts",
        "https://{lead_id}.crm.example/",
        "https://crm.example/{lead_id}/{lead_id}",
        "https://crm.example/{lead_id}/{name}",
        "https://user:secret@crm.example/{lead_id}",
        "https://crm.example\\@evil.example/{lead_id}",
        "https://crm.example/ {lead_id}",
        'https://crm.example/"{lead_id}',
        "https:///{lead_id}",
    ],
)
def test_a_template_that_is_no_https_address_with_the_id_behind_its_host_is_a_fault(template):
    assert not is_record_url(template)
    with pytest.raises(PracticeError, match="crm_record_url"):
        practice_from_dict({"practice": {"crm_record_url": template}})


@pytest.mark.parametrize("lead_id", ["7/../admin", "7?x=1&y=2", "7#top", "javascript:1", "ü {lead_id}", "%2e%2e"])
def test_an_id_stays_one_part_of_the_path(lead_id):
    url = format_record_url(GOOD, lead_id)

    assert url.startswith("https://crm.example/contacts/") and url.isascii()
    assert not set("/?#&{} ") & set(url.removeprefix("https://crm.example/contacts/"))


def test_an_id_of_dots_alone_and_a_practice_without_a_template_have_no_link():
    assert [format_record_url(GOOD, lead_id) for lead_id in (".", "..")] == ["", ""]
    assert format_record_url("", "7") == ""
    assert practice_from_dict({"practice": {"crm_record_url": GOOD}}).format_record_url("7") == GOOD.format(lead_id="7")
