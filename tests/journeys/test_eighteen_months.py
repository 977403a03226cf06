"""Eighteen months of a practice: trained, retrained, refused twice with the reason in words, let through when the world
turned, and taken back.

Everything is real: MLflow's registry, sealed bundles, the service's log of answers, the signed chain of promotions.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.array_types import DAY
from features.batch import Batch
from features.logs.prediction_log import PredictionLog
from features.mapping.column_mapping import Mapping
from features.point_in_time.outcomes import add_practice_records, read_outcomes
from features.practice_file.practice_toml import read_practice
from features.synthetic.generator import invent
from features.tables.tables import Tables, read_tables
from training.bundle import find_bundle, read_pointer
from training.checks.serving_parity import sample_requests
from training.dataset.as_of import cut_tables_as_of
from training.errors import PromotionError
from training.registry.promotion import promote, rollback
from training.registry.promotion_log import PromotionLog
from training.registry.retraining import describe_changes, retrain_champion
from training.registry.training_run import RunOptions, TrainingRun, run_training
from training.settings import Settings

SETTINGS = Settings(most_trees=60, resamples=40, folds=3, threads=1, moments_hours=(0.0, 24.0))
BUDGET = 0.5
"""Of a few dozen open leads and a model of 1,900: first reasons that are nearly even change places."""
BUDGET_OF_A_TURN = 0.75
"""Where a channel turned, most of what stood first in the list of reasons is another one."""


@pytest.fixture(scope="module")
def practice_and_tables(tmp_path_factory):
    """Eighteen months, 2,200 leads."""
    folder = tmp_path_factory.mktemp("eighteen") / "data"
    invent(2_200, seed=26).write(folder)
    practice = read_practice(folder / "practice.toml")
    return practice, read_tables(folder, Mapping.identity(), practice)


def known(tables: Tables, days: int) -> Tables:
    """The export of so many days before the end."""
    return cut_tables_as_of(tables, tables.as_of - days * DAY)


def with_back_dated_confirmations(tables: Tables) -> Tables:
    """An export whose confirmations of bookings are stamped with the time of the inquiry, in the lead's history for
    ever.
    """
    booked = ~np.isnat(read_outcomes(tables, "booked").converted_at)
    stamped = pd.DataFrame(
        {
            "lead_id": tables.leads["lead_id"][booked],
            "occurred_at": tables.leads["created_at"][booked] + pd.Timedelta(minutes=1),
            "kind": "sms_in",
        }
    )
    return replace(tables, events=pd.concat([tables.events, stamped], ignore_index=True))


def with_an_empty_form(tables: Tables) -> Tables:
    """An export whose form stopped sending messages four weeks ago."""
    newest = tables.leads["created_at"] > tables.leads["created_at"].max() - pd.Timedelta(days=28)
    return replace(tables, leads=tables.leads.assign(message=tables.leads["message"].where(~newest, None)))


def with_a_turn(tables: Tables, days: int) -> Tables:
    """A world in which, since so many days before the end, web forms book half as often: a competitor opened."""
    leads = tables.leads
    late = (leads["created_at"] > leads["created_at"].max() - pd.Timedelta(days=days)) & leads["channel"].eq("web_form")
    gone = set(leads["lead_id"][late & (np.random.default_rng(3).random(len(leads)) < 0.5)])
    won = tables.outcomes["lead_id"].isin(gone) & tables.outcomes["stage"].isin(
        ["qualified", "booked", "attended", "treated"]
    )
    return replace(tables, outcomes=tables.outcomes[~won].reset_index(drop=True))


def serve(tables: Tables, home: Path) -> None:
    """The champion answers as in service, and its answers are logged."""
    champion, _ = find_bundle("leadlight@champion", home)
    PredictionLog(home).write(sample_requests(tables, champion, count=120))


def scores(tables: Tables, home: Path) -> np.ndarray:
    """What the champion says of every lead at the end, with its parts: everything a page could show."""
    champion, _ = find_bundle("leadlight@champion", home)
    rows = np.arange(len(tables.leads))
    scored = champion.score(
        Batch.from_tables(
            tables,
            rows,
            np.full(len(rows), tables.as_of),
            add_practice_records(champion.context, tables, champion.label),
        )
    )
    return np.column_stack([scored.probability, scored.low, scored.high, scored.parts])


def finding(run: TrainingRun, code: str):
    """What one check found."""
    return next(one for one in run.contract.findings if one.code == code)


def test_the_story(practice_and_tables, tmp_path):
    practice, tables = practice_and_tables
    home = tmp_path / "mlruns"

    first = run_training(known(tables, 150), practice, SETTINGS, RunOptions("leadlight", home, tmp_path / "first"))
    # With 474 held-out leads the interval of a comparison with the rules may include a tie: then a person signs for it.
    assert first.champion is None and set(first.contract.failing) <= {"LC007"}, "\n".join(first.contract.lines())
    assert first.champion_message.startswith("There is no champion" if first.contract.failing else "It is the champion")
    promote(home, "leadlight", first.version, ["LC007"], "Ann", "ahead of the rules, if not for certain")
    serve(known(tables, 122), home)

    options = RunOptions("leadlight", home, tmp_path / "quiet", budget=BUDGET)
    quiet = retrain_champion(known(tables, 120), practice, options)
    # Of 38 open leads about half have two first reasons that are nearly even; whether more than half change places
    # is chance, and so is, in one month of twenty, one of fourteen slices that is worse: a person signs for both.
    # Nothing else may fail in a quiet month.
    assert set(quiet.contract.failing) <= {"LC010", "LC011"}, "\n".join(quiet.contract.lines())
    assert finding(quiet, "LC013").verdict == finding(quiet, "LC015").verdict == "holds"
    assert len(describe_changes(quiet)) == 5
    promote(home, "leadlight", quiet.version, ["LC010", "LC011"], "Ann", "a few dozen leads, and one small slice")
    serve(known(tables, 95), home)

    options = RunOptions("leadlight", home, tmp_path / "leaky", budget=BUDGET)
    leaky = retrain_champion(with_back_dated_confirmations(known(tables, 90)), practice, options)
    assert "LC015" in leaky.contract.failing and "inbound_touches" in finding(leaky, "LC015").details
    with pytest.raises(PromotionError, match=r"(?s)refused: .*LC015.*The past was rewritten"):
        promote(home, "leadlight", leaky.version)

    options = RunOptions("leadlight", home, tmp_path / "broken", budget=BUDGET)
    broken = retrain_champion(with_an_empty_form(known(tables, 60)), practice, options)
    assert "LC014" in broken.contract.failing and list(finding(broken, "LC014").details) == ["message"]
    with pytest.raises(PromotionError, match=r"(?s)refused: .*LC014.*message: filled for 0%"):
        promote(home, "leadlight", broken.version)
    assert read_pointer(home, "champion", "leadlight").version == quiet.version

    turned = with_a_turn(tables, 88)
    before = scores(turned, home)
    # The world turned, so most first reasons change: the practice that expects it raises the budget, as --budget does.
    options = RunOptions("leadlight", home, tmp_path / "shifted", budget=BUDGET_OF_A_TURN)
    shifted = retrain_champion(turned, practice, options)
    # Of sixteen slices one of some fifty leads may be worse in a turned world: a person who has looked at it signs.
    # Whether that is so hangs on the seed; nothing else may fail.
    assert set(shifted.contract.failing) <= {"LC011"}, "\n".join(shifted.contract.lines())
    promote(home, "leadlight", shifted.version, ["LC011"], "Ann", "one slice of fifty leads, and the channel turned")
    assert not np.array_equal(scores(turned, home)[:, 0], before[:, 0])

    assert rollback(home, "leadlight", "Ann", "the desk asked for it").version == quiet.version
    np.testing.assert_array_equal(scores(turned, home), before)
    assert [(one.action, one.version) for one in PromotionLog(home, "leadlight").read_entries()] == [
        ("promote", first.version),
        ("promote", quiet.version),
        ("promote", shifted.version),
        ("rollback", quiet.version),
    ]
