"""What does the first day look like, from a messy export to a score? By the command line, as a person types it."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest


def write_export(path: Path, steepness: float) -> Path:
    """Write a small CRM export with its dirt: a prompt for "not chosen", a trailing comma, mixed case, a column written
    after the outcome. Whoever visited more often booked more often, by ``steepness`` in log-odds a visit.
    """
    random = np.random.default_rng(4)
    n = 900
    visits = random.integers(0, 15, n)
    won = random.random(n) < 1 / (1 + np.exp(10 * steepness - steepness * visits))
    frame = pd.DataFrame(
        {
            "Record ID": np.arange(5000, 5000 - n, -1),
            "Lead Source": random.choice(["Google", "google", "Referral", "Select", "Olark Chat"], n),
            "Total Visits": visits,
            "City": random.choice(["Select", "Dallas", "Plano"], n),
            "Lead Quality": np.where(won, "High", random.choice(["Low", "Might be"], n)),
            "Converted": won.astype(int),
        }
    )
    path.write_text("\n".join(line + "," for line in frame.to_csv(index=False).strip().split("\n")) + "\n")
    return path


@pytest.fixture()
def export(tmp_path) -> Path:
    """An export from which a model can be sure of itself."""
    return write_export(tmp_path / "export.csv", 0.2)


def test_a_model_that_is_not_certain_waits_for_a_signature(leadlight, tmp_path):
    export = write_export(tmp_path / "export.csv", 0.1)
    assert leadlight("inspect", export, "--out", "m.toml")[0] == 0

    code, trained = leadlight("train", "--data", export, "--mapping", "m.toml", "--out", "report")
    assert code == 0 and "BORDERLINE. It must not be promoted: " in trained and "There is no champion." in trained
    codes = re.findall(r"--waive (LC\d+)", trained)
    code, refused = leadlight("score", "--data", export, "--out", "scores.csv")
    assert codes and code == 4 and "no version is in use" in refused and "leadlight promote 1" in refused
    tried = leadlight("score", "--data", export, "--model", "leadlight/1", "--out", "tried.csv")
    assert tried[0] == 0 and (tmp_path / "tried.csv").is_file()

    signed = [word for code in codes for word in ("--waive", code)]
    code, promoted = leadlight("promote", "1", *signed, "--by", "Ann", "--because", "better than the order of arrival")
    assert code == 0 and f"Ann waived {', '.join(codes)}" in promoted
    assert leadlight("score", "--data", export, "--out", "scores.csv")[0] == 0


def test_from_an_export_to_scores(leadlight, export, tmp_path):
    assert leadlight("inspect", export, "--out", "m.toml")[0] == 0
    mapping = (tmp_path / "m.toml").read_text()
    assert "Lead Quality" in mapping.split("\n[leave_out]\n")[1]

    code, said = leadlight("train", "--data", export, "--mapping", "m.toml", "--out", "report")
    assert code == 0, said
    for words in (
        "AUC",
        "Average precision",
        "Log loss",
        "Brier score",
        "Calibration error",
        "Lift in the top 10%",
        "Logistic regression",
        "Newest first",
        "Base rate",
    ):
        assert words in said
    assert "It is the champion" in said

    code, said = leadlight("score", "--data", export, "--reasons", "--out", "scores.csv")
    assert code == 0, said
    scores = pd.read_csv(tmp_path / "scores.csv")
    parts = scores[[name for name in scores if name.startswith("reason_") and name.endswith("log_odds")]].sum(axis=1)
    np.testing.assert_allclose(
        scores["base_log_odds"] + parts + scores["everything_else_log_odds"], scores["log_odds"], atol=1e-9
    )
    assert len(scores) == 900 and scores["probability"].between(0, 1, inclusive="neither").all()

    assert (
        "The champion is still leadlight/1. To change it"
        in leadlight("train", "--data", export, "--mapping", "m.toml", "--out", "report2")[1]
    )
    assert "leadlight/2 is now the champion" in leadlight("promote", "latest")[1]
    assert "leadlight/1 was not yet compared with the champion leadlight/2" in leadlight("promote", "1")[1]
    assert "leadlight/1 is the champion again" in leadlight("rollback")[1]
    assert leadlight("promote", "9")[0] == 3


def test_the_same_lead_scores_the_same_everywhere(
    demo_folder, demo_tables, registered, monkeypatch, tmp_path, leadlight
):
    mlflow = pytest.importorskip("mlflow")
    from starlette.testclient import TestClient

    from serving.application import Components, create_application
    from serving.http.middleware import RequestMiddleware
    from serving.scoring.model_loader import Champion
    from serving.settings import Settings

    registered = Path(
        shutil.copytree(registered, tmp_path / "home")
    )  # what this test asks the service is logged, and others replay the log
    monkeypatch.setenv("LEADLIGHT_HOME", str(registered))
    leads = _as_json(demo_tables, 60)
    # Without outcomes beside it: those would continue the booking rates that the bundle has published.
    practice = tmp_path / "practice"
    practice.mkdir()
    for name in ("leads", "events"):
        shutil.copy(demo_folder / f"{name}.parquet", practice)
    assert (
        leadlight(
            "score",
            "--data",
            practice,
            "--reasons",
            "--at",
            "2026-10-20T12:00:00Z",
            "--out",
            tmp_path / "scores.parquet",
        )[0]
        == 0
    )
    settings = Settings(home=registered, model="leadlight")
    champion = Champion(settings)
    champion.load()
    now = np.datetime64("2026-10-20T12:00:00", "us")
    api = TestClient(RequestMiddleware(create_application(Components(champion, lambda: now))))

    scores = pd.read_parquet(tmp_path / "scores.parquet").set_index("lead_id").loc[[lead["lead_id"] for lead in leads]]
    command_line = scores["probability"].to_numpy()
    single = [api.post("/v1/score", json=lead).json() for lead in leads]
    batch = api.post("/v1/score/batch", json={"leads": leads}).json()
    model = mlflow.pyfunc.load_model(str(next((registered / "artifacts" / "models").iterdir()) / "artifacts"))
    rows = [
        {**{n: v for n, v in lead.items() if n != "custom"}, **lead["custom"], "events": json.dumps(lead["events"])}
        for lead in leads
    ]
    # A frame for each lead: in a common one, a column that only others sent would be a cell left empty.
    pyfunc = pd.concat([model.predict(pd.DataFrame([row]), params={"reasons": True}) for row in rows])

    np.testing.assert_allclose([one["probability"] for one in single], command_line, atol=1e-9)
    np.testing.assert_allclose([one["probability"] for one in _items(batch)], command_line, atol=1e-9)
    same = ["probability", "probability_low", "probability_high", "grade", *(f"reason_{n}" for n in range(1, 6))]
    pd.testing.assert_frame_equal(
        pyfunc[same].reset_index(drop=True), scores[same].reset_index(drop=True), check_dtype=False, atol=1e-9
    )
    for one in single:
        assert one["probability_reached"] * one["probability_when_reached"] == pytest.approx(
            one["probability"], abs=1e-12
        )
        assert (one["reach_in_words"] is None) == (one["probability_when_reached"] > 0.995)
        total = (
            one["base_log_odds"]
            + sum(reason["log_odds"] for reason in one["reasons"])
            + one["everything_else_log_odds"]
        )
        assert total == pytest.approx(one["log_odds"], abs=1e-9)
        assert 1 / (1 + np.exp(-total)) == pytest.approx(one["probability"], abs=1e-9)


def _items(batch: dict) -> list[dict]:
    """The scores inside a batch's answer."""
    return [item.get("result") or item.get("answer") or item.get("score") or item for item in batch["results"]]


def _as_json(tables, count: int) -> list[dict]:
    """The first leads of the tables as a CRM sends them, with how many earlier inquiries there were, none included: a
    bundle alone cannot know of them.
    """
    from features.calendar.timezones import to_utc_times
    from features.point_in_time.contact_index import ContactIndex
    from features.tables.json_payload import lead_to_payload

    columns = {name: tables.leads[name].to_numpy(object) for name in ("phone", "email")} | {
        "created_at": to_utc_times(tables.leads["created_at"])
    }
    earlier = ContactIndex.of_leads(tables.leads).count_earlier_enquiries(columns, len(tables.leads))
    cutoff = np.datetime64("2026-10-20T12:00:00", "us")
    return [
        lead_to_payload(tables, row, cutoff) | ({} if np.isnan(earlier[row]) else {"earlier_enquiries": earlier[row]})
        for row in range(count)
    ]


def broken(tmp_path: Path, content: str | bytes, name: str = "leads.csv") -> Path:
    """A file with this content."""
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


MAPPING = 'version = 1\n[leads]\nlead_id = "id"\n[label]\ncolumn = "won"\nbooked = ["1"]\nnot_booked = ["0"]\n'
ROWS = "\n".join(f"{i},{i % 7},{i % 2}" for i in range(60))


@pytest.mark.parametrize(
    ("content", "mapping", "said"),
    [
        (None, MAPPING, "there is no"),
        ("", MAPPING, "empty"),
        ("id,visits,won\n", MAPPING, "no"),
        ("id,visits,won\n1,2,1\n", MAPPING, ""),
        (
            f"id;visits;won\n{ROWS.replace(',', ';')}",
            MAPPING.replace("version = 1", 'version = 1\n[file]\nseparator = ","'),
            "only one column when split at",
        ),
        (f"id,visits,won\n{ROWS}", MAPPING.replace('"won"', '"wonn"'), "'won'"),
        (f"id,visits,won\n{ROWS}".replace(",1\n", ",maybe\n"), MAPPING, 'not_booked = ["0", "maybe"]'),
        ("id,visits,won\n" + "\n".join(f"{i},{i},1" for i in range(60)), MAPPING, "won"),
        ("id,visits,won\n" + "\n".join(f"7,{i},{i % 2}" for i in range(60)), MAPPING, "59 of 60 rows cannot be"),
        (f"id,visits,won\n{ROWS}", MAPPING.replace("[leads]", '[leads]\ncreated_at = "visits"'), "created_at"),
        (f"id,visits,won\n{ROWS}", "version = 1\n[lead]\n", "lead"),
        (f"id,visits,won\n{ROWS}", "version = ", "TOML"),
        (b"\xff\xfe\x00\x01\x02garbage", MAPPING, ""),
    ],
    ids=[
        "missing",
        "empty",
        "no rows",
        "one row",
        "wrong separator",
        "missing column",
        "unknown labels",
        "one class",
        "duplicate ids",
        "no dates",
        "unknown section",
        "not TOML",
        "not text",
    ],
)
def test_bad_input_is_one_clear_answer_and_nothing_half_written(leadlight, tmp_path, content, mapping, said):
    data = tmp_path / "leads.csv" if content is None else broken(tmp_path, content)
    (tmp_path / "m.toml").write_text(mapping)

    code, words = leadlight("train", "--data", data, "--mapping", "m.toml", "--out", "report")

    assert code in (1, 2, 3), words
    assert said in words and "Traceback" not in words
    assert not (tmp_path / "report").exists() and not list((tmp_path / "mlruns").glob("pointers/**/*.json"))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("score", "--data", "x.csv", "--out", "s.csv"), 4, "nothing is registered"),
        (("score", "--data", "x.csv", "--out", "s.txt"), 2, "expected a name that ends in"),
        (("serve", "--port", "99999999"), 2, "--port"),
        (("train",), 2, "--data"),
        (("fly",), 2, "fly"),
        (("inspect", "nowhere.csv", "--out", "m.toml"), 2, "there is no"),
        (("train", "--data", "x.csv", "--settings", "s.toml"), 2, "settings: there is no file"),
        (("train", "--data", "x.csv", "--practice", "p.toml"), 2, "practice: there is no file"),
        (("inspect", __file__, "--out", "m.toml"), 2, "expected one of .csv"),
        (("train", "--data", "x.csv", "--out", "/dev/null/r"), 2, "nothing can be written"),
        (("demo-data", "--leads", "60", "--out", "/dev/null/d"), 1, "system error"),
        (("demo-data", "--until", "soon", "--out", "d"), 2, "expected a day"),
    ],
)
def test_a_wrong_word_is_a_sentence(leadlight, words, code, said):
    found, printed = leadlight(*words)

    assert (found, said in printed) == (code, True), printed
    assert "Traceback" not in printed


def test_scoring_survives_new_values_new_types_and_missing_columns(leadlight, export, tmp_path):
    leadlight("inspect", export, "--out", "m.toml")
    assert leadlight("train", "--data", export, "--mapping", "m.toml", "--out", "report")[0] == 0
    pd.DataFrame(
        {"Record ID": [1, 2], "Lead Source": ["Never seen", ""], "Total Visits": ["many", 3], "Brand new": [1, 2]}
    ).to_csv(tmp_path / "new.csv", index=False)
    pd.DataFrame({"Record ID": []}).to_csv(tmp_path / "none.csv", index=False)

    code, said = leadlight("score", "--data", "new.csv", "--reasons", "--out", "new_scores.parquet")
    assert code == 0 and "Total Visits" in said and "is not a number" in said
    assert len(pd.read_parquet(tmp_path / "new_scores.parquet")) == 2

    code, said = leadlight("score", "--data", "none.csv", "--out", "none_scores.csv")
    assert "Traceback" not in said and (code == 0) == (tmp_path / "none_scores.csv").exists()
