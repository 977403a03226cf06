"""What does ``leadlight insights`` write, and with which codes does it end?"""

import csv
import json
from html import unescape

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from features.errors import DataError
from features.synthetic.generator import invent
from serving.cli.insights import OTHER_FIGURES, SILENT_SOURCE, UNSURE_DATA, _read_scores, insights
from serving.settings import Settings
from serving.store.database.entities import Lead, Score
from serving.store.store import Store, resolve_store_url


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("practice")
    invent(1_500, 5).write(folder, "parquet")
    return folder


def run(folder, out, *options):
    return CliRunner().invoke(insights, ["--data", str(folder), "--out", str(out), *options])


def test_a_page_and_a_file_for_each_table_are_written(folder, tmp_path):
    result = run(folder, tmp_path / "out")

    assert result.exit_code == 0, result.output
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"insights.html", "funnel_by_month.csv", "money_by_channel.csv", "silence.csv"} <= names
    assert "people.csv" not in names
    with (tmp_path / "out" / "funnel_by_channel.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["channel"] == "All leads" and f"{int(rows[0]['inquiries']):,} " not in ("", " ")


def test_a_receipt_makes_the_same_figures_again_and_says_what_differs(folder, tmp_path):
    first = run(folder, tmp_path / "first", "--as-of", "2026-02-10T08:00")
    receipt = tmp_path / "first" / "receipt.json"
    plain = json.loads(receipt.read_text(encoding="utf-8"))

    again = run(folder, tmp_path / "again", "--like", str(receipt))
    receipt.write_text(json.dumps(plain | {"data": "0" * 32, "figures": "1" * 32}), encoding="utf-8")
    other = run(folder, tmp_path / "other", "--like", str(receipt))

    assert first.exit_code == again.exit_code and "Every figure is that of receipt" in again.output
    assert plain == json.loads((tmp_path / "again" / "receipt.json").read_text(encoding="utf-8"))
    assert other.exit_code == OTHER_FIGURES and "the data differs, the figures differ" in other.output


def test_a_receipt_says_what_the_other_options_would(folder, tmp_path):
    receipt = tmp_path / "receipt.json"
    receipt.write_text("{}", encoding="utf-8")

    both = run(folder, tmp_path / "out", "--like", str(receipt), "--months", "6")
    none = run(folder, tmp_path / "out", "--like", str(receipt))

    assert "found --like beside --as-of, --months or a filter" in str(both.exception)
    assert "is no receipt" in str(none.exception)


def test_a_file_takes_one_filter(folder, tmp_path):
    result = run(folder, tmp_path, "--channel", "Web form", "--clinic", "Plano")

    assert isinstance(result.exception, DataError) and "found 2 filters. Expected at most one" in str(result.exception)


def test_the_files_hold_no_small_number(folder, tmp_path):
    run(folder, tmp_path)

    with (tmp_path / "lost_by_service.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.DictReader(file) for cell in list(row.values())[1:]]
    assert "hidden" in cells and not any(cell.isdigit() and 0 < int(cell) < 11 for cell in cells)


def test_a_source_that_went_silent_ends_with_its_own_code(folder, tmp_path):
    leads = pd.read_parquet(folder / "leads.parquet")
    last = leads["created_at"].max() - pd.Timedelta(days=25)
    for path in folder.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    kept = ~((leads["channel"] == "web_form") & (leads["created_at"] > last))
    leads[kept].to_parquet(tmp_path / "leads.parquet")
    for name in ("events", "outcomes"):
        table = pd.read_parquet(folder / f"{name}.parquet")
        table[table["lead_id"].isin(leads.loc[kept, "lead_id"])].to_parquet(tmp_path / f"{name}.parquet")

    result = run(tmp_path, tmp_path / "out")

    assert result.exit_code == SILENT_SOURCE and "has been silent for" in result.output


def test_data_that_cannot_carry_the_figures_ends_with_its_own_code(folder, tmp_path):
    result = run(folder, tmp_path, "--as-of", "2025-06-05")

    assert (
        result.exit_code == UNSURE_DATA
        and "cannot be said before there are 30" in result.output
        and "Fewer than 30 bookings" in result.output
    )


def test_a_moment_that_cannot_be_read_is_a_small_letter(folder, tmp_path):
    result = run(folder, tmp_path, "--as-of", "yesterday")

    assert isinstance(result.exception, DataError)
    assert "--as-of is 'yesterday'. Expected a day such as 2026-11-01" in str(result.exception)


def test_what_is_printed_is_what_the_page_may_show(tmp_path):
    invent(250, 5).write(tmp_path / "few", "parquet")

    result = run(tmp_path / "few", tmp_path / "out")

    page = unescape((tmp_path / "out" / "insights.html").read_text())
    printed = [line[2:] for line in result.stdout.splitlines() if line.startswith("- ")]
    assert printed and all(line.split(" [")[0].split(". ")[0] in page for line in printed)


def test_a_folder_that_cannot_be_written_to_is_found_before_the_data_is_read(tmp_path):
    (tmp_path / "taken").write_text("a file", encoding="utf-8")

    result = run(tmp_path / "no data here", tmp_path / "taken" / "out")

    assert isinstance(result.exception, DataError) and "nothing can be written to" in str(result.exception)


def test_a_store_without_a_model_has_scores_and_no_order(tmp_path, monkeypatch, capsys):
    home = Settings(tmp_path)
    with Store.open(home) as store, store.transaction() as at:
        at.leads.put(Lead("L1"))
        at.scores.add(Score("L1", "r1", "b" * 64, "3", None, 0.5, "A", "normal"))
    monkeypatch.setenv("LEADLIGHT_HOME", str(tmp_path))

    given = _read_scores(resolve_store_url(home), np.datetime64("2100-01-01", "us"))

    assert [(name, score.log_odds, score.in_arrival_order) for name, score in given.items()] == [("L1", 0.0, None)]
    assert "not known without the model" in capsys.readouterr().err


def test_a_spanish_manager_gets_a_spanish_page_and_files(folder, tmp_path):
    result = run(folder, tmp_path / "out", "--language", "es", "--as-of", "2026-02-10T08:00")

    page = (tmp_path / "out" / "insights.html").read_text(encoding="utf-8")
    assert result.exit_code == 0 and '<html lang="es">' in page and "Qué cambió" in page
    with (tmp_path / "out" / "funnel_by_channel.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["channel"] == "Todas las solicitudes" and rows[0]["inquiries"].isdigit()
    assert "- Ene 2026 trajo" in result.output
    assert " solicitudes hasta 2026-02-10T08:00 UTC: insights.html y " in result.output and "Recibo " in result.output
    assert " inquiries as of " not in result.output and "note:" not in result.output


def test_programs_get_the_summary_and_the_tables_as_one_value(folder, tmp_path):
    result = run(folder, tmp_path / "out", "--json", "--as-of", "2026-02-10T08:00")

    value = json.loads(result.stdout)
    assert result.exit_code == 0 and value["sentences"] and value["out"] == str(tmp_path / "out")
    assert value["tables"]["funnel_by_month"]["rows"][0]["month"] == "Feb 2026"
    assert "people" not in value["tables"]
    again = run(folder, tmp_path / "again", "--json", "--like", str(tmp_path / "out" / "receipt.json"))
    assert json.loads(again.stdout)["tables"] == value["tables"] and "Every figure is that of receipt" in again.stderr
