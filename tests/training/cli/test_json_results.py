"""Do programs get from training's verbs what people get: verdicts, figures, what blocks a promotion?"""

import json
import shutil

import pytest
from click.testing import CliRunner

from features.option_groups import print_json
from serving.cli.main import leadlight
from training.cli.json_results import list_checks, summarize_run
from training.registry.promotion_contract import evaluate_without_champion
from training.registry.training_run import TrainingRun

ALL = ("train", "retrain", "check", "promote", "rollback", "promotions", "versions", "shadow", "ablate", "verify")


@pytest.mark.parametrize("verb", [*ALL, "learning-curve", "monitor"])
def test_every_verb_of_training_prints_json(verb):
    shown = CliRunner().invoke(leadlight, [verb, "--help"]).output

    assert "--json" in shown and "Print one JSON value, for programs." in shown


def test_a_run_is_told_with_its_figures_and_without_a_lead(bare_trained, demo_tables, tmp_path, capsys):
    contract = evaluate_without_champion(bare_trained.bundle)

    print_json(summarize_run(TrainingRun(bare_trained, "4", None, contract, "It waits."), tmp_path))

    printed = capsys.readouterr().out
    summary = json.loads(printed)
    assert (summary["version"], summary["holds"], summary["is_champion"]) == ("4", contract.holds, contract.holds)
    assert summary["verdict"] in ("ready", "borderline", "use the rules") and summary["failing"] == [*contract.failing]
    auc = summary["scorers"]["Leadlight"]["auc"]
    assert auc["low"] < auc["value"] < auc["high"] and summary["leads"] == len(demo_tables.leads)
    assert [check["code"] for check in summary["checks"] if check["blocks"]] == list(contract.failing)
    assert len(list_checks(contract)) == len(contract.findings)
    assert not any(f'"{lead_id}"' in printed for lead_id in demo_tables.leads["lead_id"])


def test_versions_checks_and_promotions_are_told_and_an_error_stays_an_exit_code(
    bare_registered, demo_folder, tmp_path, monkeypatch
):
    monkeypatch.setenv("LEADLIGHT_HOME", str(shutil.copytree(bare_registered, tmp_path / "home")))
    monkeypatch.delenv("LEADLIGHT_DATABASE_URL", raising=False)

    def run(*words):
        return CliRunner().invoke(leadlight, [*words, "--json"])

    (version,) = json.loads(run("versions").stdout)
    checked = run("check", "--data", str(demo_folder), "--review", str(tmp_path / "review.csv"))
    summary = json.loads(checked.stdout)
    verified = json.loads(run("verify", "--data", str(demo_folder)).stdout)

    assert version["version"] == summary["version"] == verified["version"] == "1"
    assert version["aliases"] == ["champion"] and version["sha256"] == summary["sha256"]
    assert summary["holds"] == (checked.exit_code == 0) and summary["champion_sha256"] is None
    assert {check["code"] for check in summary["checks"]} >= {"LC001", "LC007", "LC016"}
    assert verified["holds"] and verified["report"] is None
    assert json.loads(run("promotions").stdout) == []
    refused = run("rollback")
    assert refused.stdout == "" and "is the first champion" in str(refused.exception)
