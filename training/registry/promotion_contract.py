"""May this model take the champion's place? All that was found, in one list; any that fails stops it unless somebody
signs for it.

Lives here: holding a challenger against the champion on a practice's data, what counts as failing, keeping the answer.
Does not live here: the checks (``checks``), moving the alias (``promotion``), signing (``ledger``).
"""

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from features.array_types import DAY, FloatArray, IntArray
from features.batch import Batch
from features.calendar.timezones import to_utc_times
from features.logs.prediction_log import read_newest_predictions
from features.point_in_time.outcomes import resolve_outcome_label, read_outcomes, add_practice_records
from features.schema import CUSTOM_PREFIX
from features.tables.tables import Tables
from training.bundle import Bundle
from training.checks.drift import Drift
from training.checks.grade_stability import GradeStability, ChangedLead
from training.checks.history_unchanged import REPLAYED_ANSWERS, HistoryUnchanged
from training.checks.non_inferiority import NonInferiority
from training.checks.slice_regression import SliceRegression
from training.dataset.labels import label_leads
from training.evaluation.model_summary import slice_leads
from training.finding import Finding

__all__ = ["PromotionContract", "evaluate_contract", "evaluate_without_champion", "read_contract"]

_BESIDE_A_CHAMPION = {"LC006", "LC012"}
"""What a turn of the world does to any model's figures on the leads held out. Beside a champion they are said and do
not stop: whether the new model is worse than the old one on those leads is LC013's question, and to retrain is what a
turn asks for."""

ReportProgress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class PromotionContract:
    """What was found of one challenger beside one champion.

    Parameters
    ----------
    challenger, champion : str
        sha256 of the bundles; the champion's is empty where there is none.
    findings : tuple of Finding
        Of the training itself, then of the comparison; each code once.
    failing : tuple of str
        Codes that stop a promotion.
    review : tuple of Moved
        Open leads that would change, furthest first.
    """

    challenger: str
    champion: str
    findings: tuple[Finding, ...]
    failing: tuple[str, ...]
    review: tuple[ChangedLead, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing stops it."""
        return not self.failing

    def lines(self) -> list[str]:
        """One line for each check, the failing ones with what was found."""
        said = []
        for one in self.findings:
            word = (
                "stops it"
                if one.code in self.failing
                else "does not stop it"
                if one.verdict == "fails"
                else one.verdict
            )
            said.append(f"{one.code} {word}: {one.sentence}")
            said += [f"  - {what}: {why}" for what, why in one.details.items() if one.verdict == "fails"]
        return said

    def write(self, home: Path, name: str) -> Path:
        """Keep the answer under ``home``, for the promotion to find; ids of leads stay out of it."""
        path = _contract_path(home, name, self.challenger, self.champion)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**asdict(self), "review": []}, indent=1, ensure_ascii=False), encoding="utf-8")
        return path

    def write_review(self, path: Path) -> None:
        """The open leads that would change, as CSV."""
        with open(path, "w", newline="", encoding="utf-8") as file:
            rows = csv.DictWriter(file, [name for name in ChangedLead.__dataclass_fields__])
            rows.writeheader()
            rows.writerows(asdict(one) for one in self.review)


def evaluate_without_champion(challenger: Bundle) -> PromotionContract:
    """What its own training found of a model, where there is no other to hold it against."""
    nothing = np.empty(0)
    return _assemble_contract(
        challenger,
        "",
        [*_training_findings(challenger), SliceRegression(challenger.signals, nothing, nothing, nothing, {}).run()],
        (),
    )


def evaluate_contract(
    tables: Tables,
    challenger: Bundle,
    champion: Bundle,
    home: Path,
    step: ReportProgress = lambda *_: None,
    budget: float | None = None,
) -> PromotionContract:
    """Hold a model against the champion on the practice's own data.

    Parameters
    ----------
    tables : Tables
        Of the challenger's own mapping and practice.
    home : Path
        Where the service logged what the champion answered.
    budget : float, optional
        Share of open leads that may change (see LC010).
    """
    step("Holding it against the champion", 0, 3)
    leads, label, new, old = _shared_unseen_leads(tables, challenger, champion)
    arrived = (
        to_utc_times(tables.leads["created_at"])[leads]
        if challenger.dated
        else np.full(len(leads), "NaT", "datetime64[us]")
    )
    step("Holding it against the champion", 1, 3)
    parts = {
        title: of for title, of in slice_leads(tables, challenger.practice, leads).items() if title != "Month"
    }  # who the leads are, not when they came
    slices = SliceRegression(challenger.signals, label, new, old, parts).run()
    not_worse = NonInferiority(label, new, old, arrived).run()
    step("Holding it against the champion", 2, 3)
    stable, moved = _check_open_leads(tables, challenger, champion, budget)
    past = HistoryUnchanged(tables, champion, read_newest_predictions(home, champion.sha256, REPLAYED_ANSWERS)).run()
    drift = Drift(tables, champion).run()
    step("Holding it against the champion", 3, 3)
    return _assemble_contract(
        challenger,
        champion.sha256,
        [*_training_findings(challenger), stable, slices, not_worse, past, drift],
        tuple(moved),
    )


def read_contract(home: Path, name: str, challenger: str, champion: str) -> PromotionContract | None:
    """The kept answer about two bundles (sha256), None where nobody asked yet."""
    path = _contract_path(home, name, challenger, champion)
    if not path.is_file():
        return None
    plain = json.loads(path.read_text(encoding="utf-8"))
    findings = tuple(Finding(**one) for one in plain["findings"])
    return PromotionContract(plain["challenger"], plain["champion"], findings, tuple(plain["failing"]))


def _contract_path(home: Path, name: str, challenger: str, champion: str) -> Path:
    return home / "contracts" / name / f"{challenger[:16]}-beside-{champion[:16] or 'nothing'}.json"


def _training_findings(bundle: Bundle) -> list[Finding]:
    """What the training run found, as the bundle keeps it."""
    return [Finding(**one) for one in bundle.figures.get("findings", ())]


def _assemble_contract(
    challenger: Bundle, champion: str, findings: Sequence[Finding], moved: tuple[ChangedLead, ...]
) -> PromotionContract:
    """The contract: what fails stops it; a suspect column (LC003) does where the model reads it, kept on purpose or
    not, so that somebody signs for it.
    """
    informs = _BESIDE_A_CHAMPION if champion else set()
    ordered = tuple(sorted(findings, key=lambda one: one.code))
    read = {name.removeprefix(CUSTOM_PREFIX) for one in challenger.signals for name in (one.name, *one.needs)}
    failing = [
        one.code
        for one in ordered
        if (read & set(one.details) if one.code == "LC003" else one.verdict == "fails" and one.code not in informs)
    ]
    missing = sorted({"LC001", "LC002"} - {one.code for one in ordered})
    return PromotionContract(challenger.sha256, champion, ordered, tuple(dict.fromkeys([*missing, *failing])), moved)


def _shared_unseen_leads(
    tables: Tables, challenger: Bundle, champion: Bundle
) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
    """Rows of leads with a known outcome that neither model had seen, their labels, and what each said at arrival."""
    ids, label = (
        tables.leads["lead_id"].to_numpy(object),
        label_leads(tables, challenger.practice, resolve_outcome_label(challenger.label)),
    )
    new, old = challenger.holdout_scores.look_up(ids), champion.holdout_scores.look_up(ids)
    until = champion.figures.get("data_until")
    if until is not None and champion.dated:
        arrived = to_utc_times(tables.leads["created_at"])
        after = np.flatnonzero((arrived > np.datetime64(until, "us")) & ~np.isnan(new) & ~np.isnan(label))
        if len(after):
            knowledge = add_practice_records(champion.context, tables, champion.label)
            old[after] = champion.score(
                Batch.from_tables(tables, after, arrived[after], knowledge), explain=False
            ).probability
    leads = np.flatnonzero(~np.isnan(new) & ~np.isnan(old) & ~np.isnan(label))
    return leads, label[leads], new[leads], old[leads]


def _check_open_leads(
    tables: Tables, challenger: Bundle, champion: Bundle, budget: float | None
) -> tuple[Finding, list[ChangedLead]]:
    """LC010 on the leads that are open at the end of the data."""
    rows = np.empty(0, np.intp)
    if challenger.dated and tables.as_of is not None and tables.label is None:
        arrived = to_utc_times(tables.leads["created_at"])
        closed = read_outcomes(tables, resolve_outcome_label(challenger.label)).closed_at
        rows = np.flatnonzero((arrived > tables.as_of - challenger.horizon_days * DAY) & np.isnat(closed))
    scored = []
    for bundle in (challenger, champion) if len(rows) else ():
        batch = Batch.from_tables(
            tables, rows, np.full(len(rows), tables.as_of), add_practice_records(bundle.context, tables, bundle.label)
        )
        scored.append((bundle, bundle.score(batch)))
    if not scored:
        return Finding(
            GradeStability.code,
            "not applicable",
            "The data has no open leads: it has no dates, or a label for every lead.",
        ), []
    asked: dict[str, Any] = {} if budget is None else {"budget": budget}
    return GradeStability(tables.leads["lead_id"].to_numpy(object)[rows], *scored, **asked).run()
