"""Can every score that was shown be computed again from its receipt, to the bit, and does a score without a line say
so?
"""

import hashlib
import json
import logging
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from features.kernels import number_texts
from features.logs import daily_jsonl
from features.logs.prediction_log import LoggedPrediction, PredictionLog, ShownAnswer, find_prediction, read_predictions
from features.tables.json_payload import lead_to_payload
from serving.application import ADDRESSES, Components, create_application
from serving.cli.replay import replay
from serving.desk.queue.filters import QueueFilter
from serving.diagnostics.receipt_replay import replay_score
from serving.errors import ReplayError
from serving.http.middleware import RequestMiddleware
from serving.http.request_metrics import RequestMetrics
from serving.scoring.engine import Engine
from serving.scoring.model_loader import Champion
from serving.settings import Settings
from training.bundle import Bundle, find_bundle
from training.errors import BundleError


def register(home, bundle, version="3", alias=None):
    """Register a bundle under ``home`` as training does: a folder, and a pointer by version."""
    folder = home / "bundles" / version
    made = bundle.write(folder)
    pointers = home / "pointers" / "leadlight"
    pointers.mkdir(parents=True, exist_ok=True)
    for name in (version, alias) if alias else (version,):
        plain = {
            "name": "leadlight",
            "alias": name,
            "version": version,
            "path": f"bundles/{version}",
            "sha256": made.sha256,
        }
        (pointers / f"{name}.json").write_text(json.dumps(plain))
    return made


@pytest.fixture
def home(tmp_path, bundle):
    """Mlruns with the bundle as version 3, the champion."""
    register(tmp_path, bundle, alias="champion")
    return tmp_path


@pytest.fixture
def logged(home, bundle):
    """An engine that writes down what it answers."""
    return Engine.of(bundle, "3", PredictionLog(home))


@pytest.fixture
def served(home, now):
    """A client of the application over ``home``."""
    champion, meter = Champion(Settings(home)), RequestMetrics(ADDRESSES)
    champion.load()
    return TestClient(
        RequestMiddleware(create_application(Components(champion, lambda: now, metrics=meter)), metrics=meter)
    )


def test_every_answer_is_replayed_from_its_receipt_to_the_bit(served, home, generate_leads, payload):
    leads = [
        {"lead_id": f"L-{k}", "message": one["message"], "channel": one["channel"], "postal_code": one["postal_code"]}
        for k, one in enumerate(generate_leads(60))
    ]
    alone = served.post("/v1/score", json=payload).json()
    items = served.post("/v1/score/batch", json={"leads": [payload, *leads, {}]}).json()["results"]

    answers = [alone, *(item["answer"] for item in items)]
    found = [replay_score(answer["receipt"], home) for answer in answers]

    assert [one.differences for one in found] == [[]] * len(answers)
    for answer, one in zip(answers, found, strict=True):
        assert (answer["log_odds"], answer["probability"], answer["probability_low"]) == (
            one.scored.log_odds[0],
            one.scored.probability[0],
            one.scored.low[0],
        )
        assert [reason["text"] for reason in answer["reasons"]] == [reason.text for reason in one.explanation.reasons]
        assert [reason["log_odds"] for reason in answer["reasons"]] == [
            reason.log_odds for reason in one.explanation.reasons
        ]


def test_a_trained_model_that_says_who_is_reached_is_replayed_to_the_bit(registered, demo_tables, tmp_path):
    bundle, version = find_bundle("leadlight", registered)
    engine = Engine.of(bundle, version, PredictionLog(tmp_path))
    asked = [lead_to_payload(demo_tables, row, demo_tables.as_of) for row in range(25)]

    answers = engine.score(asked, demo_tables.as_of)
    found = [replay_score(answer.receipt, tmp_path, str(registered / "made" / "bundle")) for answer in answers]

    assert answers[0].probability_reached is not None and found[0].request.shown.reach == answers[0].probability_reached
    assert [one.differences for one in found] == [[]] * 25


def test_the_desk_shows_receipts_that_replay(home, make_desk, desk_data):
    champion = Champion(Settings(home))
    champion.load()
    desk = make_desk(home, champion, desk_data)
    snapshot = desk.take_snapshot()
    rows = snapshot.filter_rows(QueueFilter())[:20]

    receipts = [answer["receipt"] for answer in desk.read_answers(snapshot, rows).values()]

    assert [replay_score(receipt, home).differences for receipt in receipts] == [[]] * 20
    assert desk.read_lead(snapshot.columns.rows[rows[0]].lead_id).last_score.receipt in receipts


def test_a_lead_without_an_id_and_a_score_without_reasons_have_receipts(logged, home, payload, now):
    nameless = logged.score([{"channel": "phone"}], now)[0]
    quick = logged.score([payload], now, explain=False)[0]

    found = [replay_score(answer.receipt, home) for answer in (nameless, quick)]

    assert [one.differences for one in found] == [[], []]
    assert found[0].request.lead_id is None and found[1].explanation is None
    assert "Without reasons" in "\n".join(found[1].format_lines())


def test_warming_up_is_not_written_down(home, logged):
    assert list(read_predictions(home)) == []


def test_warming_up_compiles_what_writes_the_first_line(home, bundle, monkeypatch):
    calls, write = [], number_texts.write_numbers
    monkeypatch.setattr(number_texts, "write_numbers", lambda *args: calls.append(args[0].dtype) or write(*args))

    Engine.of(bundle, "3", PredictionLog(home))

    assert calls == [float] and list(read_predictions(home)) == []


def test_the_same_score_has_the_same_receipt_and_another_has_another(logged, payload, now):
    first, again, other = (
        logged.score([one], now)[0].receipt for one in (payload, payload, payload | {"message": "urgent"})
    )

    assert first == again != other and len(first) == 20


@pytest.mark.parametrize("why", ["no folder", "log full", "disk full"])
def test_a_score_that_could_not_be_written_down_has_no_receipt_and_is_given(
    logged, home, payload, now, why, monkeypatch, caplog
):
    if why == "no folder":
        (home / "requests").write_text("a file stands where the folder should")
    elif why == "log full":
        monkeypatch.setattr(daily_jsonl, "MAX_BYTES_PER_DAY", 100)
    else:
        monkeypatch.setattr(daily_jsonl.os, "write", lambda handle, content: 10)

    with caplog.at_level(logging.ERROR, "leadlight.requests"):
        answer = logged.score([payload], now)[0]

    assert answer.receipt is None and answer.probability > 0 and answer.reasons
    assert (logged.log.written, logged.log.lost) == (0, 1)
    assert "carry no receipt" in caplog.text and payload["lead_id"] not in caplog.text


def test_a_line_after_one_that_was_cut_short_stands_alone(home, logged, payload, now):
    logged.score([payload], now)
    path = next((home / "requests").iterdir())
    path.write_bytes(path.read_bytes()[:-40])

    answer = logged.score([payload | {"message": None}], now)[0]

    assert replay_score(answer.receipt, home).differences == [] and len(list(read_predictions(home))) == 1


def test_metrics_count_receipts_and_scores_without_one(served, payload, monkeypatch):
    served.post("/v1/score", json=payload)
    monkeypatch.setattr(daily_jsonl, "MAX_BYTES_PER_DAY", 100)
    served.post("/v1/score", json=payload)

    text = served.get("/metrics").text

    assert "leadlight_receipts_total 1.0\n" in text and "leadlight_receipts_missing_total 1.0\n" in text


def test_the_newest_day_is_looked_through_first(tmp_path):
    folder = tmp_path / "requests"
    folder.mkdir()
    one = LoggedPrediction(
        "old",
        np.datetime64("2026-03-05", "us"),
        "s",
        False,
        np.array([1], np.float32),
        0.1,
        None,
        ShownAnswer(0.5, 0.4, 0.6, None, "B", 0, None),
    )
    (folder / "2026-03-04.jsonl").write_text(one.to_line() + "\n")
    (folder / "2026-03-05.jsonl").write_text(replace(one, lead_id="new").to_line() + "\n")

    assert (
        find_prediction(tmp_path, one.receipt).lead_id == "new"
        and find_prediction(tmp_path, one.receipt).shown == one.shown
    )


@pytest.mark.parametrize("receipt", ["", "abc", "../../../etc/passwd", "g" * 20, "A" * 20])
def test_what_is_not_a_receipt_is_refused(home, receipt):
    with pytest.raises(ReplayError, match="is not a receipt, expected 20 digits"):
        replay_score(receipt, home)


def test_a_receipt_that_is_not_there_is_one_sentence(home):
    with pytest.raises(ReplayError, match="has the receipt 0{20}. Check its spelling"):
        replay_score("0" * 20, home)


def test_a_line_that_was_changed_is_noticed(home, logged, payload, now):
    receipt = logged.score([payload], now)[0].receipt
    path = next((home / "requests").iterdir())
    line = json.loads(path.read_text())
    path.write_text(json.dumps(line | {"log_odds": line["log_odds"] + 1e-9}, separators=(",", ":")) + "\n")

    with pytest.raises(ReplayError, match="was changed after it was written"):
        replay_score(receipt, home)

    path.write_text(f'{{"receipt":"{receipt}"')
    with pytest.raises(ReplayError, match="is damaged"):
        replay_score(receipt, home)


def test_a_bundle_that_is_gone_damaged_or_unknown_is_one_sentence(home, logged, payload, now, tmp_path_factory):
    receipt = logged.score([payload], now)[0].receipt
    folder = home / "bundles" / "3"

    with pytest.raises(ReplayError, match=r"not among the registered versions of 'another' .*\(none\)"):
        replay_score(receipt, home, "another")
    (folder / "model.txt").write_bytes((folder / "model.txt").read_bytes().replace(b"split_gain", b"split_pain", 1))
    with pytest.raises(BundleError, match="model.txt was changed after it was sealed"):
        replay_score(receipt, home)
    folder.rename(home / "elsewhere")
    with pytest.raises(ReplayError, match="version 3 of 'leadlight', and its folder is missing"):
        replay_score(receipt, home)


def test_signals_that_give_other_values_now_are_one_sentence(home, bundle, payload, now):
    made = bundle.write(home / "bundles" / "3")
    plain = json.loads((home / "bundles" / "3" / "bundle.json").read_text())
    plain["signal_digests"]["hours_open"]["values"] = "0" * 16
    reseal(home / "bundles" / "3", "bundle.json", json.dumps(plain).encode())
    sha256 = hashlib.sha256((home / "bundles" / "3" / "manifest.json").read_bytes()).hexdigest()
    for path in (home / "pointers" / "leadlight").iterdir():
        path.write_text(json.dumps(json.loads(path.read_text()) | {"sha256": sha256}))
    receipt = Engine.of(replace(made, sha256=sha256), "3", PredictionLog(home)).score([payload], now)[0].receipt

    with pytest.raises(BundleError, match="`hours_open` gives other values than when this model was trained"):
        replay_score(receipt, home)


def reseal(folder, name, content):
    """Change a file of a bundle and make its manifest fit."""
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["sha256"][name] = hashlib.sha256(content).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_the_command_prints_what_was_shown(home, logged, payload, now, monkeypatch):
    monkeypatch.setenv("LEADLIGHT_HOME", str(home))
    answer = logged.score([payload], now)[0]

    ran = CliRunner().invoke(replay, [answer.receipt])

    assert ran.exit_code == 0 and ran.output.endswith("identical to the bit\n")
    assert (
        "Lead id:" in ran.output
        and "L-1001" not in ran.output
        and ", scored as of 2026-03-05T12:00:00Z by leadlight 3" in ran.output
        and f"grade {answer.grade}" in ran.output
    )
    assert answer.odds_in_words in ran.output and answer.reason_1 in ran.output
    told = json.loads(CliRunner().invoke(replay, [answer.receipt, "--json"]).stdout)
    assert told["identical"] and told["differences"] == [] and told["grade"] == answer.grade
    assert told["probability"] == answer.probability and told["reasons"][0]["text"] == answer.reason_1


def test_the_command_finds_a_bundle_by_its_folder(home, logged, payload, now, monkeypatch, bundle_folder):
    monkeypatch.setenv("LEADLIGHT_HOME", str(home))
    receipt = logged.score([payload], now)[0].receipt

    assert CliRunner().invoke(replay, [receipt, "--model", bundle_folder]).exit_code == 0


def test_what_comes_out_otherwise_is_named(home, logged, payload, now, monkeypatch):
    monkeypatch.setenv("LEADLIGHT_HOME", str(home))
    receipt = logged.score([payload], now)[0].receipt
    honest = Bundle.score_rows

    def moved(self, values, explain=True, threads=1, level=None):
        scored = honest(self, values, explain, threads, level)
        return replace(scored, parts=scored.parts + np.eye(len(self.signals))[3], low=scored.low - 1e-16)

    monkeypatch.setattr(Bundle, "score_rows", moved)
    ran = CliRunner().invoke(replay, [receipt])
    told = CliRunner().invoke(replay, [receipt, "--json"])

    assert isinstance(ran.exception, ReplayError) and ran.exit_code == told.exit_code == 1
    assert not json.loads(told.stdout)["identical"] and len(json.loads(told.stdout)["differences"]) == 3
    assert f"part of {logged.bundle.signals[3].name}:" in str(ran.exception) and "band, low end" in str(ran.exception)
