"""Does a program read the card: as YAML, by the names that others use, without a value of a lead?"""

import json

import pytest
import yaml

from features.privacy.value_patterns import find_contact_inside
from training.report.card_metadata import build_card_metadata, render_card, write_card


@pytest.fixture(scope="module")
def bundle(bare_trained):
    return bare_trained.bundle


def read_metadata(text: str) -> dict:
    """Return what stands between the two lines of dashes, as any reader of cards does."""
    _, metadata, _ = text.split("---\n", 2)
    return yaml.safe_load(metadata)


def test_the_metadata_is_yaml_and_says_what_the_bundle_says(bundle):
    metadata = read_metadata(render_card(bundle))

    assert metadata == json.loads(json.dumps(build_card_metadata(bundle)))
    assert metadata["pipeline_tag"] == "tabular-classification" and metadata["library_name"] == "leadlight"
    assert metadata["leadlight"]["verdict"] == bundle.figures["verdict"]["verdict"]
    assert metadata["leadlight"]["findings"]["LC001"] == "holds"
    (result,) = metadata["model-index"][0]["results"]
    auc = next(metric for metric in result["metrics"] if metric["type"] == "roc_auc")
    assert [auc["value"], *auc["args"]["confidence_interval_95"]] == bundle.figures["scorers"]["Leadlight"]["auc"]
    assert result["dataset"]["args"]["leads"] == bundle.figures["leads"] == 1_500


def test_nobody_and_no_practice_is_named(bundle):
    text = render_card(bundle)

    assert bundle.practice.name and bundle.practice.name not in text
    assert [line for line in text.splitlines() if find_contact_inside(line)] == []


def test_the_same_bundle_gives_the_same_file(bundle, tmp_path):
    path = write_card(bundle, tmp_path)

    assert path.name == "model_card.md" and path.read_text(encoding="utf-8") == render_card(bundle)


def test_hugging_face_reads_it(bundle):
    hub = pytest.importorskip(
        "huggingface_hub", reason="huggingface_hub, which reads model cards, is not installed here"
    )

    card = hub.ModelCard(render_card(bundle))

    assert card.data.eval_results[0].metric_type == "roc_auc"
