"""Are values one where a person reads them as one, and ids apart where they may be two?"""

import numpy as np

from features.point_in_time.value_hashes import find_hash, hash_ids, hash_values


def test_ids_that_may_be_two_leads_are_two():
    ids = np.array(["A-1", "A_1", "A 1", "12", "12.0", "12.00"], object)

    assert len(set(hash_ids(ids).tolist())) == len(ids)


def test_a_person_is_an_id_and_no_category():
    assert find_hash("person_id")("A-1") != find_hash("person_id")("A 1")
    assert find_hash("channel")("web-form") == find_hash("channel")("Web form")


def test_a_category_is_one_however_it_is_spelled():
    values = np.array(["Physical Therapy", "physical-therapy", " PHYSICAL THERAPY "], object)

    assert len(set(hash_values(values).tolist())) == 1
