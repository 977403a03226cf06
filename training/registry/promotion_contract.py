"""May this model replace the champion? All findings in one list; any that fails blocks it unless a waiver is signed.

Lives here: comparing a challenger with the champion on a practice's data, what counts as failing, keeping the result.
Does not live here: the checks (``training.checks``), moving the alias (``promotion``), the signed record
(``promotion_log``).
"""

import csv
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from features.array_types import DAY, FloatArray, IntArray, ObjectArray
from features.batch import Batch
from features.file_permissions import make_private_folder
from features.logs.prediction_log import name_leads, read_newest_predictions
from features.point_in_time.outcomes import add_practice_records, read_outcomes, resolve_outcome_label
from features.tables.tables import Tables
from training.bundle import Bundle, Predictions
from training.bundle.holdout_scores import read_holdout_scores
from training.check_finding import Finding
from training.checks.drift import Drift
from training.checks.grade_stability import BUDGET, ChangedLead, GradeStability
from training.checks.history_unchanged import REPLAYED_ANSWERS, HistoryUnchanged
from training.checks.non_inferiority import NonInferiority
from training.checks.personal_data import PersonalData
from training.checks.slice_regression import SliceRegression
from training.dataset.labels import label_leads
from training.evaluation.model_summary import slice_leads
from training.evaluation.promotion_blockers import find_blocking
from training.evaluation.readiness import USE_THE_RULES
from training.progress import ReportProgress, ignore_progress

__all__ = [
    "PromotionContract",
    "add_file_finding",
    "assemble_contract",
    "evaluate_contract",
    "evaluate_without_champion",
    "read_contract",
]

_DRIFT = "LC012"
"""Drift is a reason to train again, not against the model that has learned from the new leads: it always warns."""
_CALIBRATION, _RULES, _NON_INFERIORITY = "LC006", "LC007", "LC013"
"""Calibration fails for any model when the world changes, and few held-out leads leave it open whether a model is ahead
of the rules. Beside a champion both warn and do not block where LC013 has compared the models on leads that neither had
seen and holds: refusing would keep a champion that is no better. A model that the rules beat is refused."""


@dataclass(frozen=True)
class PromotionContract:
    """The findings about one challenger, compared with one champion.

    Parameters
    ----------
    challenger, champion : str
        sha256 of the bundles; the champion's is empty where there is none.
    findings : tuple of Finding
        Those of the training run, then those of the comparison; each code once.
    failing : tuple of str
        Codes that block a promotion.
    review : tuple of ChangedLead
        Open leads that would change, furthest first.
    """

    challenger: str
    champion: str
    findings: tuple[Finding, ...]
    failing: tuple[str, ...]
    review: tuple[ChangedLead, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing blocks the promotion."""
        return not self.failing

    def lines(self, codes: Collection[str] | None = None) -> list[str]:
        """Return one line for each check, or for each of these codes; one that fails is followed by its details."""
        lines = []
        for finding in self.findings:
            if codes is not None and finding.code not in codes:
                continue
            verdict = finding.verdict
            if finding.code in self.failing:
                verdict = "blocks promotion"
            elif finding.verdict == "fails":
                verdict = "warning"
            lines.append(f"{finding.code} {verdict}: {finding.sentence}")
            if finding.verdict == "fails":
                lines += [f"  - {name}: {reason}" for name, reason in finding.details.items()]
        return lines

    def write(self, home: Path, name: str) -> Path:
        """Save the contract under ``home``, where the promotion looks for it; ids of leads are left out."""
        path = _contract_path(home, name, self.challenger, self.champion)
        make_private_folder(path.parent)
        path.touch(0o600)
        path.write_text(json.dumps({**asdict(self), "review": []}, indent=1, ensure_ascii=False), encoding="utf-8")
        return path

    def write_review(self, path: Path) -> None:
        """Write the open leads that would change, as CSV."""
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(ChangedLead.__dataclass_fields__))
            writer.writeheader()
            writer.writerows(asdict(lead) for lead in self.review)


def evaluate_without_champion(challenger: Bundle) -> PromotionContract:
    """Build the contract of a model from its own training, where there is no champion to compare it with."""
    empty = np.empty(0)
    return assemble_contract(
        challenger,
        "",
        [
            *_training_findings(challenger),
            SliceRegression(challenger.signals, empty, empty, empty, {}).run(),
            PersonalData(challenger.encode()).run(),
        ],
        (),
    )


def evaluate_contract(
    tables: Tables,
    challenger: Bundle,
    champion: Bundle,
    home: Path,
    report_progress: ReportProgress = ignore_progress,
    budget: float | None = None,
) -> PromotionContract:
    """Compare a model with the champion on the practice's own data.

    Parameters
    ----------
    tables : Tables
        Read with the challenger's own mapping and practice.
    home : Path
        Where the service logged the champion's answers.
    budget : float, optional
        Share of open leads that may change (see LC010).
    """
    report_progress("Comparing with the champion", 0, 3)
    leads, label, new, old = _shared_unseen_leads(tables, challenger, champion, home)
    arrived = tables.created_at[leads]
    report_progress("Comparing with the champion", 1, 3)
    # Without the month: the check is about who the leads are, not when they came.
    slices = slice_leads(tables, challenger.practice, leads)
    slices.pop("Month", None)
    slice_finding = SliceRegression(challenger.signals, label, new, old, slices).run()
    non_inferiority = NonInferiority(label, new, old, arrived).run()
    if non_inferiority.verdict == "not applicable" and (missing := _explain_missing_scores(home, challenger, champion)):
        non_inferiority = replace(non_inferiority, sentence=f"{non_inferiority.sentence} {missing}")
    report_progress("Comparing with the champion", 2, 3)
    stability, changed = _check_open_leads(tables, challenger, champion, budget)
    answered = read_newest_predictions(home, champion.sha256, REPLAYED_ANSWERS)
    history = HistoryUnchanged(tables, champion, list(name_leads(answered, tables.leads["lead_id"], home))).run()
    drift = Drift(tables, champion).run()
    report_progress("Comparing with the champion", 3, 3)
    return assemble_contract(
        challenger,
        champion.sha256,
        [
            *_training_findings(challenger),
            stability,
            slice_finding,
            non_inferiority,
            history,
            drift,
            PersonalData(challenger.encode()).run(),
        ],
        tuple(changed),
    )


def add_file_finding(contract: PromotionContract, files: Mapping[str, bytes]) -> PromotionContract:
    """Return the contract with LC016 of the registered files: the sealed bundle and what MLflow keeps."""
    finding = PersonalData(files).run()
    if finding.verdict == "not applicable":
        return contract
    findings = [other for other in contract.findings if other.code != finding.code]
    failing = [code for code in contract.failing if code != finding.code]
    return replace(
        contract,
        findings=tuple(sorted([*findings, finding], key=lambda entry: entry.code)),
        failing=tuple([*failing, finding.code] if finding.verdict == "fails" else failing),
    )


def read_contract(home: Path, name: str, challenger: str, champion: str) -> PromotionContract | None:
    """Return the saved contract of two bundles (sha256); None where they were not compared yet."""
    path = _contract_path(home, name, challenger, champion)
    if not path.is_file():
        return None
    values = json.loads(path.read_text(encoding="utf-8"))
    findings = tuple(Finding(**finding) for finding in values["findings"])
    return PromotionContract(values["challenger"], values["champion"], findings, tuple(values["failing"]))


def _contract_path(home: Path, name: str, challenger: str, champion: str) -> Path:
    return home / "contracts" / name / f"{challenger[:16]}-beside-{champion[:16] or 'nothing'}.json"


def _training_findings(bundle: Bundle) -> list[Finding]:
    """Return the findings of the training run, as the bundle keeps them."""
    return [Finding(**finding) for finding in bundle.figures.get("findings", ())]


def assemble_contract(
    challenger: Bundle, champion: str, findings: Sequence[Finding], changed: tuple[ChangedLead, ...]
) -> PromotionContract:
    """Return the contract with the findings that block the promotion (see ``find_blocking``).

    Parameters
    ----------
    challenger : Bundle
    champion : str
        sha256 of the champion's bundle; empty where there is none.
    findings : sequence of Finding, each code once
    changed : tuple of ChangedLead
        Open leads that would change, furthest first.
    """
    ordered = tuple(sorted(findings, key=lambda finding: finding.code))
    warnings = {_DRIFT}
    if any(finding.code == _NON_INFERIORITY and finding.verdict == "holds" for finding in ordered):
        verdict = challenger.figures.get("verdict", {}).get("verdict")
        warnings |= {_CALIBRATION} if verdict == USE_THE_RULES else {_CALIBRATION, _RULES}
    # The proofs must be there at all: a bundle that was never checked is blocked.
    failing = sorted({"LC001", "LC002"} - {finding.code for finding in ordered})
    failing += [finding.code for finding in find_blocking(ordered, challenger.signals, warnings)]
    return PromotionContract(challenger.sha256, champion, ordered, tuple(dict.fromkeys(failing)), changed)


def _explain_missing_scores(home: Path, challenger: Bundle, champion: Bundle) -> str:
    """Say of which models the scores of held-out leads are not in this home; empty where both are."""
    missing = [
        name
        for name, bundle in (("the new model", challenger), ("the champion", champion))
        if read_holdout_scores(home, bundle.sha256) is None
    ]
    if not missing:
        return ""
    return (
        f"The scores that {' and '.join(missing)} gave to held-out leads are not in this home: they stay on the "
        "machine of the training and do not travel with a bundle. Train here to compare."
    )


def _look_up_scores(home: Path, bundle: Bundle, lead_ids: ObjectArray) -> FloatArray:
    """Return what a model gave to leads it had not seen, NaN where this home does not know. Shape as given."""
    scores = read_holdout_scores(home, bundle.sha256)
    return np.full(len(lead_ids), np.nan) if scores is None else scores.look_up(lead_ids)


def _shared_unseen_leads(
    tables: Tables, challenger: Bundle, champion: Bundle, home: Path
) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
    """Return the rows of leads with a known outcome that neither model had seen, their labels, and both scores."""
    ids, label = (
        tables.leads["lead_id"].to_numpy(object),
        label_leads(tables, challenger.practice, resolve_outcome_label(challenger.label)),
    )
    new, old = (_look_up_scores(home, bundle, ids) for bundle in (challenger, champion))
    until = champion.figures.get("data_until")
    if until is not None and champion.dated:
        arrived = tables.created_at
        later = np.flatnonzero((arrived > np.datetime64(until, "us")) & ~np.isnan(new) & ~np.isnan(label))
        if len(later):
            context = add_practice_records(champion.context, tables, champion.label)
            batch = Batch.from_tables(tables, later, arrived[later], context)
            old[later] = champion.score(batch, explain=False).probability
    leads = np.flatnonzero(~np.isnan(new) & ~np.isnan(old) & ~np.isnan(label))
    return leads, label[leads], new[leads], old[leads]


def _explain_no_open_leads(tables: Tables, challenger: Bundle) -> str:
    """Say why no open lead can be compared."""
    if not challenger.dated or "created_at" not in tables.leads:
        return "The leads have no dates, so which of them are open is not known."
    if tables.label is not None:
        return (
            f"The outcome is a column of the export, and every lead of its newest {challenger.horizon_days} days has "
            "one: none is open."
        )
    return f"No lead of the newest {challenger.horizon_days} days is open."


def _find_open_leads(tables: Tables, challenger: Bundle) -> IntArray:
    """Return the rows of leads that are young and open at the end of the data; none without dates."""
    if not challenger.dated or tables.as_of is None:
        return np.empty(0, np.intp)
    if tables.label is not None:
        is_open = np.isnan(tables.label.to_numpy(float))
    else:
        is_open = np.isnat(read_outcomes(tables, resolve_outcome_label(challenger.label)).closed_at)
    return np.flatnonzero((tables.created_at > tables.as_of - challenger.horizon_days * DAY) & is_open)


def _check_open_leads(
    tables: Tables, challenger: Bundle, champion: Bundle, budget: float | None
) -> tuple[Finding, list[ChangedLead]]:
    """Run LC010 on the leads that are open at the end of the data."""
    rows = _find_open_leads(tables, challenger)
    scored: list[tuple[Bundle, Predictions]] = []
    for bundle in (challenger, champion) if len(rows) else ():
        batch = Batch.from_tables(
            tables, rows, np.full(len(rows), tables.as_of), add_practice_records(bundle.context, tables, bundle.label)
        )
        scored.append((bundle, bundle.score(batch)))
    if not scored:
        return Finding(GradeStability.code, "not applicable", _explain_no_open_leads(tables, challenger)), []
    lead_ids = tables.leads["lead_id"].to_numpy(object)[rows]
    challenger_scores, champion_scores = scored
    budget = BUDGET if budget is None else budget
    return GradeStability(lead_ids, challenger_scores, champion_scores, budget).run()
