"""Are attributes of an inquiry named as people read them, in the practice's own words?"""

import pytest

from features.practice.practice import Practice
from serving.insights.columns.attribute_names import name_attribute_of


@pytest.mark.parametrize(
    ("value", "attribute", "read"),
    [
        ("yes", "gave phone", "Phone number given"),
        ("no", "gave phone", "Phone number not given"),
        ("yes", "existing", "Been here before"),
        ("no", "existing", "Not been here before"),
        ("Aetna", "payer", "Insurance: Aetna"),
        ("google_ads", "source", "Source: Paid search"),
    ],
)
def test_an_attribute_is_named_with_its_value(value, attribute, read):
    practice = Practice(words={"google_ads": "Paid search"})

    assert name_attribute_of(practice)(value, attribute) == read
