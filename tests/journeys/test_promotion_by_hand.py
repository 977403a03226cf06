"""Check, promote, look at the record, roll back: by the command line, as a person types it."""

import shutil

import pytest


@pytest.fixture(autouse=True)
def a_champion(bare_registered, tmp_path):
    """A copy of the registered model's home, where the command line looks and finds the settings to retrain with."""
    shutil.copytree(bare_registered, tmp_path / "mlruns")


def test_the_champion_is_checked_by_its_own_findings(leadlight, demo_folder):
    code, said = leadlight("check", "--data", demo_folder, "--model", "leadlight/1")

    assert "leadlight/1 is the champion itself" in said
    for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 14):
        assert f"LC{number:03} " in said
    assert code == (0 if "The contract holds" in said else 6)


def test_a_model_of_the_same_data_can_be_held_against_the_champion_and_the_review_holds_no_contact_data(
    leadlight, demo_folder, tmp_path
):
    code, said = leadlight("retrain", "--data", demo_folder, "--out", tmp_path / "out", "--budget", 1)
    checked, lines = leadlight("check", "--data", demo_folder, "--budget", 1, "--review", tmp_path / "review.csv")

    assert [
        line.split(":")[0]
        for line in said.splitlines()
        if line.split(":")[0] in ("Data", "Same leads", "Desk", "Reasons", "Contract")
    ] == ["Data", "Same leads", "Desk", "Reasons", "Contract"]
    assert "LC013 holds: On " in lines and "AUC +0.000 [+0.000 +0.000]" in lines and "LC010 holds: 0.0%" in lines
    assert (tmp_path / "review.csv").read_text().startswith("lead_id,grade_before,grade_after") and (code == 0) == (
        checked == 0
    )
    if code == 0:
        assert leadlight("promote", "latest")[0] == 0
        assert "1 lines, every signature and link is valid" in leadlight("promotions")[1]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("retrain",), 6, "there is no store at"),
        (("retrain", "--waive", "LC006"), 6, "--promote --by NAME --because REASON"),
        (("retrain", "--promote", "--waive", "LC006", "--by", "Ann"), 6, "--promote --by NAME --because REASON"),
        (("rollback",), 6, "is the first champion"),
        (("promotions",), 0, "No promotions yet under the name leadlight"),
        (("promote", "9"), 3, "leadlight/9 is not registered"),
        (("check", "--data", "nowhere.csv", "--model", "leadlight/7"), 4, "nothing is registered under that name"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(leadlight, words, code, said):
    found, printed = leadlight(*words)

    assert (found, "Traceback" in printed) == (code, False) and said in printed
