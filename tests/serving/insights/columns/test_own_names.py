"""Are all names of the data known, and none of our words among them?"""

from dataclasses import replace

import numpy as np

from features.practice.practice import Practice, Service
from serving.insights.columns.categories import NOT_GIVEN, encode_names
from serving.insights.columns.own_names import list_own_names


def test_names_of_the_data_are_listed_and_words_of_ours_are_not(columns):
    count = len(columns)

    def name_all(*names):
        return encode_names([*names, *[None] * (count - len(names))])

    categories = {
        "source": name_all("Google ad", "Open"),
        "campaign": name_all("Google ad", "Doubts"),
        "form": name_all("Front page", "/price"),
    }
    money = replace(columns.spend, names={"campaign": np.array(["paid alone", None], object)})
    names = list_own_names(replace(columns, categories=categories, attributes={}, audited={}, spend=money), Practice())

    # A campaign may be called like a word for a source: it is a name of theirs all the same.
    assert names == {"Open", "Google ad", "Doubts", "/price", "paid alone", "Paid alone"} and NOT_GIVEN not in names
    practice = Practice(services=(Service(name="Botox"),))
    service = {"service": name_all("Botox", "Other or not given")}
    asked = replace(columns, categories=service, attributes={}, audited={}, spend=replace(money, names={}))
    assert list_own_names(asked, practice) == {"Botox"}
    only = replace(columns, categories={"source": categories["source"]}, attributes={}, audited={})
    assert "Google ad" not in list_own_names(only, Practice())
