"""Can an id in the logs be tested only by who has the installation's key, and is a damaged key said?"""

import pytest

from features.errors import DataError
from features.logs.installation_key import IdHasher, hash_without_key, is_log_id, read_installation_key


def test_every_id_is_hashed_whatever_it_looks_like(tmp_path):
    here, elsewhere = IdHasher.of_home(tmp_path / "a"), IdHasher.of_home(tmp_path / "b")

    for lead_id in ("L-1", "+16175550142", "Ann-Lee", "id:7", "\ud800", ""):
        assert here.log_id(lead_id) == here.log_id(lead_id) != elsewhere.log_id(lead_id)
        assert is_log_id(here.log_id(lead_id)) and not is_log_id(lead_id)
        assert here.hash(lead_id) == here.add_key(hash_without_key(lead_id)) != hash_without_key(lead_id)
    assert here.fingerprint != elsewhere.fingerprint and "key" not in repr(here)


def test_a_key_that_was_cut_off_is_an_error_that_says_what_to_do(tmp_path):
    read_installation_key(tmp_path)
    (tmp_path / "installation.key").write_bytes(b"short")

    with pytest.raises(DataError, match=r"holds 5 bytes, expected 32. Restore it .* leadlight rekey"):
        IdHasher.of_home(tmp_path)
