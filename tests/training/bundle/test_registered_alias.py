"""Is an alias read from MLflow's database without MLflow, and a damaged database said?"""

import pytest

from training.bundle import read_registered_alias
from training.errors import BundleError


def test_the_champion_is_read_and_another_alias_is_none(bare_registered):
    assert read_registered_alias(bare_registered, "leadlight", "champion") == "1"
    assert read_registered_alias(bare_registered, "leadlight", "shadow") is None


def test_what_is_no_database_is_refused(tmp_path):
    (tmp_path / "mlflow.db").write_text("not a database, but long enough to be taken for one" * 40)

    with pytest.raises(BundleError, match=r"mlflow.db cannot be read. Restore it from a backup"):
        read_registered_alias(tmp_path, "leadlight", "champion")
