"""Is a label read as the mapping says, and one that it does not know rejected?"""

import numpy as np
import pytest

from features.errors import MappingError
from features.tables.tables import read_tables
from tests.support.lead_files import leads_file, mapping_of

LABEL = {"column": "y", "booked": ["Yes"], "not_booked": ["No"]}


def test_the_label_is_read_and_unknown_values_are_rejected(tmp_path):
    path = leads_file(tmp_path, "a,Yes", "b,no", "c,", "d,perhaps", "e,No", header="lead_id,y\n")

    tables = read_tables(path, mapping_of(label=LABEL))

    np.testing.assert_array_equal(tables.label, [1, 0, np.nan, 0])
    assert tables.rejected["fault"].tolist() == ["has a label that is not in the mapping ('perhaps')"]
    assert "y" not in tables.mapping.custom
    assert any("is empty for 1 leads" in note for note in tables.notes)


def test_label_values_that_never_occur_are_named(tmp_path):
    path = leads_file(tmp_path, "a,Yess", "b,No", header="lead_id,y\n")

    with pytest.raises(MappingError, match="lists 'Yes', which never occurs. Did you mean 'Yess'"):
        read_tables(path, mapping_of(label=LABEL))


def test_scoring_rejects_nothing_for_its_label(tmp_path):
    path = leads_file(tmp_path, "a,open", "b,", header="lead_id,y\n")

    tables = read_tables(path, mapping_of(label=LABEL), scoring=True)

    assert tables.label.isna().all()
    assert len(tables.leads) == 2
