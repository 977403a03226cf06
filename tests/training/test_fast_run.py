"""Does a fast training say what it left out, and is what was not checked not passed?"""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from training.cli.train import train as train_command
from training.estimator import LeadClassifier
from training.evaluation.readiness import BORDERLINE, READY, USE_THE_RULES
from training.fast_run import describe_left_out, mark_verdict
from training.registry import retraining
from training.registry.promotion_contract import evaluate_without_champion
from training.report.card_metadata import build_card_metadata, render_card
from training.settings import Settings

FAST = Settings(folds=2, most_trees=10, resamples=5, threads=1, fast=True)


@pytest.fixture(scope="module")
def bundle():
    """A fast model of a small export whose channel decides."""
    count, random = 400, np.random.default_rng(2)
    channel = random.choice(["referral", "ads"], count)
    leads = pd.DataFrame(
        {
            "created_at": pd.Timestamp("2025-01-06T09:00Z") + pd.to_timedelta(np.arange(count) * 6, unit="h"),
            "channel": channel,
        }
    )
    label = random.random(count) < np.where(channel == "referral", 0.8, 0.2)
    return LeadClassifier(settings=FAST).fit(leads, label).bundle_


def test_what_was_not_checked_is_not_passed_and_blocks_the_promotion(bundle):
    contract = evaluate_without_champion(bundle)
    verdicts = {finding.code: finding.verdict for finding in contract.findings}

    assert verdicts["LC009"] == "fails" and "LC009" in contract.failing
    assert bundle.figures["verdict"]["verdict"] != READY


def test_the_proofs_run_as_in_a_whole_training(bundle):
    verdicts = {finding["code"]: finding["verdict"] for finding in bundle.figures["findings"]}

    assert [verdicts[code] for code in ("LC001", "LC002")] == ["holds", "holds"]
    assert {"LC004", "LC005", "LC006", "LC007", "LC008"} <= set(verdicts)


def test_verdict_figures_and_card_say_what_was_left_out(bundle):
    card, left_out = render_card(bundle), describe_left_out(FAST)

    assert "LC009 was not run" in bundle.figures["verdict"]["why"]
    assert bundle.figures["left_out_of_training"] == left_out
    assert build_card_metadata(bundle)["leadlight"]["left_out_of_training"] == left_out
    assert all(part in card for part in left_out)
    assert bundle.reach is None and bundle.figures["reach"] == {"said": "Not fitted: the training was fast."}


@pytest.mark.parametrize("verdict", [BORDERLINE, USE_THE_RULES])
def test_every_verdict_says_so(verdict):
    marked = mark_verdict({"verdict": verdict, "why": "It is."}, FAST)

    assert marked["verdict"] == verdict and marked["why"].startswith("It is. The training was fast")
    assert mark_verdict(marked, Settings()) == marked


def test_a_retraining_of_a_fast_champion_leaves_nothing_out(monkeypatch):
    champion, trained = SimpleNamespace(figures={"settings": FAST.to_dict()}), []
    monkeypatch.setattr(retraining, "find_bundle", lambda reference, home: (champion, None))
    monkeypatch.setattr(retraining, "run_training", lambda *arguments: trained.append(arguments[2]))

    retraining.retrain_champion(None, None, SimpleNamespace(name="leadlight", home=None))

    assert not trained[0].fast and trained[0].most_trees == FAST.most_trees


@pytest.mark.parametrize(("option", "fast"), [([], False), (["--fast"], True)])
def test_the_command_line_asks_for_it(tmp_path, monkeypatch, option, fast):
    (tmp_path / "leads.csv").write_text("lead_id,channel,booked\nL1,ads,1\nL2,chat,0\n")
    monkeypatch.setenv("LEADLIGHT_HOME", str(tmp_path / "home"))
    settings = []

    def remember(tables, practice, chosen, *rest):
        settings.append(chosen)
        raise RuntimeError("only the settings are of interest")

    monkeypatch.setattr("training.registry.training_run.run_training", remember)
    CliRunner().invoke(
        train_command, ["--data", str(tmp_path / "leads.csv"), "--out", str(tmp_path / "report"), *option]
    )

    assert [chosen.fast for chosen in settings] == [fast]
