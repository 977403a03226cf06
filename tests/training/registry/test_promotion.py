"""Does the champion change only where the contract holds or somebody signs, and is every change recorded for good?"""

import json
import threading
from dataclasses import replace

import pytest

from training.bundle import Pointer, find_bundle, read_pointer
from training.bundle.alias_pointers import write_pointer
from training.check_finding import Finding
from training.errors import PromotionError, TrainingError
from training.evaluation.readiness import BORDERLINE, USE_THE_RULES
from training.registry import promotion
from training.registry.promotion_contract import (
    PromotionContract,
    assemble_contract,
    evaluate_without_champion,
    read_contract,
)
from training.registry.promotion_log import PromotionEntry, PromotionLog

GOOD = {code: Finding(code, "holds", "It holds.") for code in ("LC001", "LC002", "LC013")}


@pytest.fixture()
def home(trained, tmp_path, monkeypatch):
    """Three registered versions of one model, as their pointers say; MLflow itself is left out of these tests (see the
    story of eighteen months).
    """
    findings = [vars(item) for item in GOOD.values()]
    for number in (1, 2, 3):
        figures = {**trained.bundle.figures, "findings": findings}
        bundle = replace(trained.bundle, created_at=f"2026-0{number}-01T00:00:00+00:00", figures=figures).write(
            tmp_path / f"bundle-{number}"
        )
        write_pointer(tmp_path, Pointer("leadlight", str(number), str(number), f"bundle-{number}", bundle.sha256))

    def move(home, name, version):
        pointer = replace(read_pointer(home, version, name), alias="champion")
        write_pointer(home, pointer)
        return pointer

    monkeypatch.setattr(
        promotion, "find_registered_version", lambda home, name, version: "3" if version == "latest" else version
    )
    monkeypatch.setattr(promotion, "read_version_files", lambda home, name, version: {})
    monkeypatch.setattr(promotion, "move_alias", move)
    return tmp_path


def write_contract(home, challenger: str, champion: str, *failing: str) -> PromotionContract:
    """The contract of two versions, kept as the run keeps it; the named checks fail."""
    shas = [find_bundle(f"leadlight/{version}", home)[0].sha256 for version in (challenger, champion)]
    findings = {**GOOD, **{code: Finding(code, "fails", "It is worse.", {"order": "AUC -0.2"}) for code in failing}}
    contract = PromotionContract(*shas, tuple(findings.values()), failing)
    contract.write(home, "leadlight")
    return contract


def champion(home) -> str:
    """The version in use."""
    return read_pointer(home, "champion", "leadlight").version


def test_the_first_is_promoted_by_its_own_findings_and_the_next_only_beside_it(home):
    promotion.promote(home, "leadlight", "1")

    with pytest.raises(
        PromotionError, match=r"leadlight/2 was not yet compared with the champion leadlight/1. Run: leadlight check"
    ):
        promotion.promote(home, "leadlight", "2")
    write_contract(home, "2", "1")
    promotion.promote(home, "leadlight", "2")

    assert champion(home) == "2"
    assert [
        (item.action, item.version, item.previous_version) for item in PromotionLog(home, "leadlight").read_entries()
    ] == [
        ("promote", "1", ""),
        ("promote", "2", "1"),
    ]


@pytest.mark.parametrize(
    ("comparison", "verdict", "failing"),
    [
        ("holds", BORDERLINE, ()),
        ("holds", USE_THE_RULES, ("LC007",)),
        ("fails", BORDERLINE, ("LC006", "LC007", "LC013")),
        ("not applicable", BORDERLINE, ("LC006", "LC007")),
    ],
)
def test_what_made_it_borderline_warns_beside_a_champion_only_where_it_was_compared_and_is_no_worse(
    trained, comparison, verdict, failing
):
    findings = [
        *(GOOD[code] for code in ("LC001", "LC002")),
        *(Finding(code, "fails", "Off.") for code in ("LC006", "LC007")),
        Finding("LC013", comparison, "So."),
    ]
    bundle = replace(trained.bundle, figures={"verdict": {"verdict": verdict}})

    assert assemble_contract(bundle, "a champion", findings, ()).failing == failing


def test_a_refusal_lists_the_details_of_what_blocks_and_of_nothing_else():
    findings = (
        Finding("LC010", "fails", "Too many change.", {"grades": "60%"}),
        Finding("LC012", "fails", "Drift.", {"channel": "index 0.4"}),
    )
    contract = PromotionContract("new", "old", findings, ("LC010",))

    assert contract.lines(["LC010"]) == ["LC010 blocks promotion: Too many change.", "  - grades: 60%"]
    assert "  - channel: index 0.4" in contract.lines()


def test_a_first_model_whose_verdict_is_borderline_needs_a_signature(home, trained):
    findings = [vars(item) for item in (GOOD["LC001"], GOOD["LC002"], Finding("LC006", "fails", "Off by more."))]
    bundle = replace(trained.bundle, figures={**trained.bundle.figures, "findings": findings}).write(home / "bundle-4")
    write_pointer(home, Pointer("leadlight", "4", "4", "bundle-4", bundle.sha256))

    with pytest.raises(
        PromotionError, match=r"(?s)refused: LC006\.\n.*leadlight promote 4 --name leadlight --waive LC006"
    ):
        promotion.promote(home, "leadlight", "4")
    promotion.promote(home, "leadlight", "4", ["LC006"], "Ann", "better than the rules all the same")

    assert champion(home) == "4" and PromotionLog(home, "leadlight").read_entries()[0].waived == ("LC006",)


def test_a_failing_check_keeps_the_champion_until_somebody_signs_with_a_reason(home):
    promotion.promote(home, "leadlight", "1")
    write_contract(home, "2", "1", "LC013")

    with pytest.raises(PromotionError, match=r"(?s)refused: LC013. The champion stays.*order: AUC -0.2.*--waive LC013"):
        promotion.promote(home, "leadlight", "2")
    with pytest.raises(PromotionError, match="who signs it and why"):
        promotion.promote(home, "leadlight", "2", ["LC013"])
    with pytest.raises(PromotionError, match="refused: LC013"):
        promotion.promote(home, "leadlight", "2", ["LC010"], "Ann", "because")
    assert champion(home) == "1"
    promotion.promote(home, "leadlight", "2", ["LC013"], "Ann", "the old clinic closed")

    last = PromotionLog(home, "leadlight").read_entries()[-1]
    assert champion(home) == "2" and (last.waived, last.by, last.because, last.verdicts["LC013"]) == (
        ("LC013",),
        "Ann",
        "the old clinic closed",
        "fails",
    )


def test_a_contract_is_about_these_two_bundles_and_no_others(home):
    promotion.promote(home, "leadlight", "1")
    write_contract(home, "2", "1")
    promotion.promote(home, "leadlight", "2")
    write_contract(home, "3", "1")

    with pytest.raises(PromotionError, match="was not yet compared with the champion leadlight/2"):
        promotion.promote(home, "leadlight", "latest")


def test_rollback_goes_back_step_by_step_to_the_same_bundle(home, demo_tables):
    for version, previous in (("1", None), ("2", "1"), ("3", "2")):
        if previous is not None:
            write_contract(home, version, previous)
        promotion.promote(home, "leadlight", version)

    assert [promotion.rollback(home, "leadlight").version for _ in range(2)] == ["2", "1"]
    with pytest.raises(PromotionError, match="leadlight/1 is the first champion"):
        promotion.rollback(home, "leadlight")
    assert find_bundle("leadlight@champion", home)[0].sha256 == find_bundle("leadlight/1", home)[0].sha256


def test_a_damaged_bundle_is_neither_promoted_nor_rolled_back_to(home):
    promotion.promote(home, "leadlight", "1")
    write_contract(home, "2", "1")
    promotion.promote(home, "leadlight", "2")
    with open(home / "bundle-1" / "model.txt", "r+b") as file:
        file.write(b"x")

    with pytest.raises(
        PromotionError, match=r"leadlight/1 can no longer be used, so leadlight/2 stays. .*model.txt was changed"
    ):
        promotion.rollback(home, "leadlight")
    assert champion(home) == "2" and len(PromotionLog(home, "leadlight").read_entries()) == 2


def test_a_champion_that_cannot_be_read_does_not_stand_in_the_way(home):
    promotion.promote(home, "leadlight", "1")
    (home / "bundle-1" / "model.txt").unlink()

    promotion.promote(home, "leadlight", "2")

    assert champion(home) == "2"


def test_two_promotions_at_once_are_made_one_after_the_other(home):
    promotion.promote(home, "leadlight", "1")
    for version in ("2", "3"):
        write_contract(home, version, "1")
    answers = []

    def ask(version: str) -> None:
        try:
            promotion.promote(home, "leadlight", version)
            answers.append("promoted")
        except PromotionError as fault:
            answers.append(str(fault))

    threads = [threading.Thread(target=ask, args=(version,)) for version in ("2", "3")]
    for item in threads:
        item.start()
    for item in threads:
        item.join()

    assert sorted(answer == "promoted" for answer in answers) == [
        False,
        True,
    ]  # the second was compared with the champion before
    assert (
        len(PromotionLog(home, "leadlight").read_entries()) == 2
        and champion(home) == PromotionLog(home, "leadlight").read_entries()[-1].version
    )


@pytest.mark.parametrize("harm", ["a word", "a line taken out", "another key"])
def test_a_changed_chain_is_found_and_stops_everything(home, harm, monkeypatch):
    promotion.promote(home, "leadlight", "1")
    write_contract(home, "2", "1")
    promotion.promote(home, "leadlight", "2")
    path = PromotionLog(home, "leadlight").path
    if harm == "a word":
        path.write_text(path.read_text().replace('"version": "1"', '"version": "7"'))
    elif harm == "a line taken out":
        path.write_text(path.read_text().splitlines(keepends=True)[1])
    else:
        monkeypatch.setenv("LEADLIGHT_SIGNING_KEY", "not the key it was signed with")

    with pytest.raises(PromotionError, match=r"line 1 of leadlight.jsonl is not what was signed"):
        promotion.rollback(home, "leadlight")
    assert champion(home) == "2"


def test_the_key_is_the_owners_alone(home):
    PromotionLog(home, "leadlight").path.parent.mkdir(exist_ok=True)
    PromotionLog(home, "leadlight").append(PromotionEntry("promote", "1", "0" * 64, ""))

    assert (home / "promotions" / "key").stat().st_mode & 0o077 == 0 and PromotionLog(
        home, "leadlight"
    ).path.stat().st_mode & 0o077 == 0


def test_a_suspect_column_stops_only_a_model_that_reads_it(trained):
    suspect = Finding("LC003", "fails", "One suspect.", {"crm_status_note": "knows the outcome"})
    signals = trained.bundle.signals
    reading = (*signals, replace(signals[0], name="custom:crm_status_note"))
    figures = {"findings": [vars(item) for item in (*GOOD.values(), suspect)]}

    assert "LC003" not in evaluate_without_champion(replace(trained.bundle, figures=figures)).failing
    assert "LC003" in evaluate_without_champion(replace(trained.bundle, figures=figures, signals=reading)).failing


def test_a_bundle_without_its_proofs_is_refused(trained):
    bare = replace(trained.bundle, figures={})

    assert evaluate_without_champion(bare).failing[:2] == ("LC001", "LC002")


def test_a_kept_contract_holds_no_lead(home):
    contract = write_contract(home, "2", "1", "LC010")

    text = next((home / "contracts" / "leadlight").glob("*.json")).read_text()
    assert read_contract(home, "leadlight", contract.challenger, contract.champion).failing == ("LC010",)
    assert json.loads(text)["review"] == []


def test_an_unknown_version_is_said(registered):
    from training.registry.mlflow_tracking import find_registered_version

    with pytest.raises(TrainingError, match="leadlight/99 is not registered"):
        find_registered_version(registered, "leadlight", "99")
