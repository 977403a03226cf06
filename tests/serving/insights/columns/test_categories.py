"""Do names stand for what was given, and for nothing about our people?"""

import numpy as np
import pandas as pd

from features.explain.plain_names import name_value
from features.practice.practice import Practice
from serving.insights.columns.attribute_names import name_attribute_of
from serving.insights.columns.categories import (
    ALL_LEADS,
    NOT_GIVEN,
    encode_names,
    read_attributes,
    read_dimensions,
    rename_values,
)
from serving.insights.columns.column_reading import read_lead_columns


def name_plainly(value, dimension):
    return name_value(value, {}, dimension)


def test_the_staff_of_a_lead_never_tell_what_it_was_expected_to_bring(export):
    tables, practice = export
    columns = read_lead_columns(tables, practice)

    assert columns.staff is not None and "staff" not in columns.attributes and "age_band" not in columns.attributes


def test_values_that_people_read_as_one_are_one_attribute():
    leads = pd.DataFrame(
        {
            "channel": ["phone", "inbound_call", "chat", "Phone call", None],
            "payer": ["blue_cross", "Blue cross", "not given", None, "Aetna"],
            "service_requested": ["knee_pain", "Knee pain", "Hip", None, "Hip"],
        }
    )

    attributes = read_attributes(leads, {}, name_plainly)

    name_attribute = name_attribute_of(Practice())
    for attribute, category in attributes.items():
        read = [name_attribute(name, attribute) for name in category.names]
        assert len(set(read)) == len(read), read
    assert attributes["channel"].codes.tolist() == [1, 1, 2, 1, 0]
    assert [attributes["payer"].names[code] for code in attributes["payer"].codes] == [
        "Blue cross",
        "Blue cross",
        NOT_GIVEN,
        NOT_GIVEN,
        "Aetna",
    ]


def test_no_name_of_the_data_is_that_of_the_row_of_all_leads():
    values = np.array(["all leads", "Brand", None, "all_leads", "All leads"], object)
    leads = pd.DataFrame({"campaign": values, "preferred_clinic": "All leads"})

    dimensions = read_dimensions(leads, {}, name_plainly)
    of_touches = rename_values(values, "campaign", name_plainly)

    assert dimensions["campaign"].names == ("All leads (a name)", "Brand", NOT_GIVEN)
    assert dimensions["clinic"].names == ("All leads (a name)",) and ALL_LEADS not in of_touches.tolist()
    assert encode_names(of_touches).names == dimensions["campaign"].names


def test_a_column_of_few_or_no_names_is_encoded():
    assert encode_names([]).names == () and encode_names([None, None]).codes.tolist() == [0, 0]
    assert encode_names(["b", "a", "b"]).codes.tolist() == [1, 0, 1]


def test_the_front_page_is_called_so():
    leads = pd.DataFrame({"landing_page": ["/", "/knee", None]})
    form = read_dimensions(leads, {}, lambda value, dimension: value)["form"]

    assert [form.names[code] for code in form.codes] == ["Front page", "/knee", "Not given"]
