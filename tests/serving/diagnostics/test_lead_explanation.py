"""Does ``leadlight explain`` show one lead's signals, with and without a model, and does ``leadlight signals`` list
them all?
"""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from features.cli import signals
from features.errors import DataError
from features.explain.reasons import Explainer
from features.explain.signal_table import render_signal_table
from features.registry import CATALOGUE, FAMILIES
from serving.cli.explain import explain
from serving.diagnostics.lead_explanation import explain_lead


def run(command, *arguments):
    """The command's answer."""
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


@pytest.fixture
def without_a_model(tmp_path, monkeypatch):
    """A machine on which nothing was trained."""
    monkeypatch.setenv("LEADLIGHT_HOME", str(tmp_path))


def test_without_a_model_every_signal_that_the_data_supports_is_shown(demo_folder, without_a_model):
    result = run(explain, "L0000007", "--data", demo_folder)

    assert result.exit_code == 0
    assert "No model is used" in result.output and "Explained without a model" in result.stderr
    assert re.findall(r"(?m)^(\w+): .*\?$", result.output) == list(FAMILIES)


def test_with_a_model_the_moves_add_up_to_the_score(demo_tables, demo_practice, trained):
    bundle = trained.bundle

    explanation = explain_lead(demo_tables, "L0000007", bundle, demo_practice, "arrival")

    scored = bundle.score(explanation.batch)
    assert [signal.name for signal in bundle.signals] == [signal.name for signal in explanation.signals]
    np.testing.assert_allclose(scored.base + explanation.parts.sum(), scored.log_odds[0], atol=1e-9)
    assert "in 100 leads like this one book" in explanation.headline
    # The desk's reasons have words of their own; the signals behind the strongest are among the moves listed here.
    strongest = Explainer.of(bundle.signals).explain(scored)[0].reasons[0].signals
    names = [signal.name for signal in bundle.signals]
    moves = [bundle.signals[at].describe_value(scored.values[0, at]) for at in map(names.index, strongest)]
    assert any(move in line for move in moves for line in explanation.format_lines())


def test_what_moved_the_score_most_comes_first_in_its_family(demo_tables, demo_practice, trained):
    lines = list(explain_lead(demo_tables, "L0000007", trained.bundle, demo_practice).format_lines("engagement"))

    moves = [abs(float(match[1])) for line in lines if (match := re.match(r"  ([+-]\d\.\d\d)  ", line))]
    assert moves and moves == sorted(moves, reverse=True)


def test_one_family_alone_can_be_asked_for(demo_folder, without_a_model):
    output = run(explain, "L0000007", "--data", demo_folder, "--family", "trust").output

    assert re.findall(r"(?m)^(\w+): .*\?$", output) == ["trust"]


def test_an_unknown_lead_gets_a_letter(demo_tables, demo_practice):
    with pytest.raises(
        DataError, match=r"found no lead 'nobody' among .* leads, expected a lead_id .*check how the id is spelled"
    ):
        explain_lead(demo_tables, "nobody", None, demo_practice)


def test_a_lead_that_was_set_aside_gets_its_reason(demo_tables, demo_practice):
    rejected_row = {"table": "leads", "lead_id": "gone", "column": "lead_id", "fault": "stands twice"}
    tables = replace(
        demo_tables, rejected=pd.DataFrame([dict.fromkeys(demo_tables.rejected.columns, "") | rejected_row])
    )

    with pytest.raises(DataError, match="found no lead 'gone' .* it was rejected: lead_id stands twice. Fix that row"):
        explain_lead(tables, "gone", None, demo_practice)


def test_a_moment_that_is_none_gets_a_letter(demo_tables, demo_practice):
    with pytest.raises(DataError, match="--at is 'teatime', expected auto, latest, arrival, or a time"):
        explain_lead(demo_tables, "L0000007", None, demo_practice, "teatime")


def test_the_catalogue_is_printed_family_by_family():
    output = run(signals).output

    assert all(f"{name}: {question}" in output for name, question in FAMILIES.items())
    assert all(f"  {name}\n" in output for name in CATALOGUE)


def test_the_catalogue_as_markdown_is_the_readme_table():
    assert run(signals, "--markdown").output.strip() == render_signal_table()


def test_a_family_that_is_none_is_refused():
    assert isinstance(run(signals, "--family", "weather").exception, DataError)
