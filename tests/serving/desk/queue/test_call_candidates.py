"""Are open leads arrays of one length?"""

import pytest

from tests.support.call_candidates import leads


def test_arrays_of_different_length_are_refused():
    with pytest.raises(ValueError, match=r"found \(2,\) values of attempts, expected \(3,\) as of lane"):
        leads(3, attempts=[0, 1])
