"""Is a bundle whole, or refused?"""

import hashlib
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from features.batch import Batch
from features.registry import CATALOGUE
from training.bundle import Bundle, Pointer, find_bundle, read_pointer
from training.bundle.alias_pointers import write_pointer
from training.bundle.bundle_files import decode_level
from training.errors import BundleError
from training.model.level_update import LevelFilter


@pytest.fixture()
def bundle_on_disk(trained, tmp_path):
    """The trained bundle on disk."""
    return trained.bundle.write(tmp_path / "bundle"), tmp_path / "bundle"


@pytest.fixture(scope="module")
def batch(demo_tables, trained) -> Batch:
    """Every invented lead at the end of the data."""
    rows = np.arange(len(demo_tables.leads))
    return Batch.from_tables(demo_tables, rows, np.full(len(rows), demo_tables.as_of), trained.bundle.context)


def test_a_bundle_read_back_scores_to_the_bit(bundle_on_disk, trained, batch):
    again = Bundle.load(bundle_on_disk[1])

    ours, theirs = trained.bundle.score(batch), again.score(batch)

    np.testing.assert_array_equal(ours.log_odds, theirs.log_odds)
    np.testing.assert_array_equal(ours.parts, theirs.parts)
    np.testing.assert_array_equal(ours.values, theirs.values)


def test_parts_sum_to_the_score(trained, batch):
    scored = trained.bundle.score(batch)

    np.testing.assert_allclose(scored.base + scored.parts.sum(axis=1), scored.log_odds, atol=1e-9)
    np.testing.assert_allclose(1 / (1 + np.exp(-scored.log_odds)), scored.probability, atol=1e-15)


def test_parts_are_the_linear_parts_and_exact_tree_shap_each_by_its_weight(trained, batch):
    shap = pytest.importorskip("shap")
    bundle, scored = trained.bundle, trained.bundle.score(batch)
    rows = scored.values[:50].astype(float)

    trees = np.asarray(shap.TreeExplainer(bundle.booster).shap_values(rows)) - np.array(bundle.tree_centers)

    both = bundle.linear_weight * bundle.linear.compute_parts(rows) + (1 - bundle.linear_weight) * trees
    np.testing.assert_allclose(scored.parts[:50], bundle.calibrator.slope * both, atol=1e-9)


@pytest.mark.parametrize("name", ["bundle.json", "model.txt", "model_reach.txt", "history.npz"])
def test_one_flipped_byte_is_refused(bundle_on_disk, name):
    path = bundle_on_disk[1] / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    with pytest.raises(BundleError, match=f"{name} was changed after it was sealed"):
        Bundle.load(bundle_on_disk[1])


def test_a_missing_file_is_refused(bundle_on_disk):
    (bundle_on_disk[1] / "model.txt").unlink()

    with pytest.raises(BundleError, match="model.txt is missing"):
        Bundle.load(bundle_on_disk[1])


def test_a_damaged_manifest_is_refused(bundle_on_disk):
    (bundle_on_disk[1] / "manifest.json").write_text("{")

    with pytest.raises(BundleError, match="its manifest is damaged"):
        Bundle.load(bundle_on_disk[1])


def test_a_folder_that_is_no_bundle_is_refused(tmp_path):
    with pytest.raises(BundleError, match="has no manifest.json"):
        Bundle.load(tmp_path)


def test_a_bundle_whose_signals_are_declared_differently_is_refused_by_name(bundle_on_disk, monkeypatch):
    monkeypatch.setitem(CATALOGUE, "hours_open", replace(CATALOGUE["hours_open"], monotone=-1))

    with pytest.raises(
        BundleError,
        match="1 of its .* signals changed: `hours_open` is declared differently than when this model was trained"
        ".*train again",
    ):
        Bundle.load(bundle_on_disk[1])


def test_a_bundle_whose_signals_give_other_values_is_refused_by_name(bundle_on_disk, monkeypatch):
    hours = CATALOGUE["hours_open"].compute
    monkeypatch.setitem(
        CATALOGUE,
        "hours_open",
        replace(CATALOGUE["hours_open"], compute=lambda batch, blocks: 60 * hours(batch, blocks)),
    )

    with pytest.raises(BundleError, match="`hours_open` gives other values than when this model was trained"):
        Bundle.load(bundle_on_disk[1])


def test_a_bundle_whose_signals_are_gone_is_refused_by_name(bundle_on_disk, monkeypatch):
    # Not deleted from the catalogue itself: put back, they would stand at its end, and its order is the order of the
    # matrix's columns.
    left = {name: signal for name, signal in CATALOGUE.items() if name not in ("hours_open", "attempts_made")}
    monkeypatch.setattr("training.bundle.bundle_files.CATALOGUE", left)

    with pytest.raises(
        BundleError,
        match="2 of its .* signals changed: `attempts_made` no longer exists; `hours_open` no longer exists",
    ):
        Bundle.load(bundle_on_disk[1])


def test_a_bundle_of_signals_in_another_order_is_refused(bundle_on_disk):
    change(bundle_on_disk[1], lambda values: values | {"signals": values["signals"][::-1]})

    with pytest.raises(BundleError, match="its signals, or their order, are not those it was trained with"):
        Bundle.load(bundle_on_disk[1])


def test_a_bundle_of_a_version_that_recorded_no_values_is_one_sentence(bundle_on_disk):
    change(
        bundle_on_disk[1], lambda values: {name: value for name, value in values.items() if name != "signal_digests"}
    )

    with pytest.raises(
        BundleError, match="was trained by an earlier version of Leadlight.*Train again with this version"
    ):
        Bundle.load(bundle_on_disk[1])


def change(folder, edit):
    """Change what bundle.json says, and make the manifest fit."""
    content = json.dumps(edit(json.loads((folder / "bundle.json").read_text()))).encode()
    (folder / "bundle.json").write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["sha256"]["bundle.json"] = hashlib.sha256(content).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_nothing_in_a_bundle_can_execute(bundle_on_disk):
    names = sorted(path.name for path in bundle_on_disk[1].iterdir())

    assert names == [
        "bundle.json",
        "history.npz",
        "manifest.json",
        "model.txt",
        "model_reach.txt",
        "reference.npz",
        "wording.npz",
    ]
    assert not any(path.read_bytes().startswith(b"\x80") for path in bundle_on_disk[1].iterdir())


def test_the_champion_is_found_without_mlflow(registered):
    bundle, version = find_bundle("leadlight", registered)

    assert version == "1"
    assert bundle.sha256 == read_pointer(registered).sha256


def test_the_folder_that_training_wrote_is_a_model(bundle_on_disk, tmp_path):
    shutil.copytree(bundle_on_disk[1], tmp_path / "report" / "bundle")

    bundle, version = find_bundle(str(tmp_path / "report"), tmp_path)

    assert version == bundle.sha256[:12] == find_bundle(str(bundle_on_disk[1]), tmp_path)[1]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("nobody", "nothing is registered"),
        ("leadlight/99", "nothing is registered"),
        ("leadlight@shadow", "nothing is registered"),
    ],
)
def test_a_model_that_is_not_there_is_a_sentence(registered, model, message):
    with pytest.raises(BundleError, match=message):
        find_bundle(model, registered)


def test_a_version_that_waits_for_its_promotion_is_named(bundle_on_disk, tmp_path):
    for version in ("9", "10"):
        write_pointer(tmp_path, Pointer("leadlight", version, version, "bundle", bundle_on_disk[0].sha256))

    with pytest.raises(BundleError, match=r"the newest of 2 registered is 10. To use it: leadlight promote 10 --name"):
        find_bundle("leadlight", tmp_path)


def test_how_an_earlier_version_followed_the_level_is_read_as_far_as_it_is_known():
    values = {"level": {"variance": 0.2, "variance_per_lead": 1e-4, "delay_days": [1.0], "refusal_days": [2.0]}}

    assert decode_level(values) == LevelFilter(0.2, 1e-4, (1.0,))
    assert decode_level({}) is None


def test_a_damaged_pointer_is_a_sentence(registered, tmp_path):
    folder = tmp_path / "pointers" / "leadlight"
    folder.mkdir(parents=True)
    (folder / "champion.json").write_text(json.dumps({"name": "leadlight"}))

    with pytest.raises(BundleError, match="its pointer file is damaged"):
        find_bundle("leadlight", tmp_path)


def test_no_personal_data_stands_in_a_bundle(bundle_on_disk, demo_tables):
    content = b"".join((bundle_on_disk[1] / name).read_bytes() for name in ("bundle.json", "model.txt")).decode()

    for column in ("phone", "email", "message", "referrer"):
        values = {
            value for value in demo_tables.leads[column] if value is not None and len(value) > 6 and len(set(value)) > 4
        }
        assert not [value for value in values if value in content][:1], f"a value of {column} stands in the bundle"
