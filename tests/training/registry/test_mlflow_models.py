"""Is a model read back from MLflow what was registered, and are its files those that a promotion looks at?"""

import pytest

from training.errors import BundleError
from training.registry.mlflow_models import download_bundle, read_version_files


def test_a_registered_bundle_is_read_back_with_its_version(registered, trained):
    bundle, version = download_bundle(registered, "models:/leadlight@champion")

    assert version == "1" and bundle.model_text == trained.bundle.model_text


def test_the_files_of_a_version_are_its_model_and_its_run_without_the_code(registered):
    files = read_version_files(registered, "leadlight", "1")

    assert {"figures.json", "manifest.json"} <= {name.rpartition("/")[2] for name in files}
    assert not [name for name in files if "/code/" in name or name.endswith(".pyc")]


def test_a_model_that_mlflow_does_not_know_is_answered_in_words(registered):
    with pytest.raises(BundleError, match=r"models:/leadlight/99: MLflow has no such model"):
        download_bundle(registered, "models:/leadlight/99")
