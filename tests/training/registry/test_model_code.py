"""Does the code beside a model hold what scoring needs, and no message of the corpus?"""

from training.registry.model_code import copy_sources


def test_the_corpus_and_caches_stay_out():
    with copy_sources() as folders:
        files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        names = {path.name for path in files}

        assert {"pyfunc.py", "model_bundle.py", "label_model.npz", "conditions.txt"} <= names
        assert not [path for path in files if path.suffix in (".tsv", ".pyc")]
    assert not any(folder.exists() for folder in folders)
