"""LC015: is a past that was written anew seen, and a past that stands left alone?"""

from dataclasses import replace

import numpy as np
import pandas as pd

from features.logs.prediction_log import PredictionLog, name_leads, read_newest_predictions
from training.checks.history_unchanged import HistoryUnchanged
from training.checks.serving_parity import sample_requests


def test_answers_that_come_out_alike_hold_and_those_of_a_rewritten_past_fail(demo_tables, trained, tmp_path):
    answered = sample_requests(demo_tables, trained.bundle, 60)
    since = demo_tables.leads["created_at"] + pd.Timedelta(minutes=1)
    stamped = pd.DataFrame({"lead_id": demo_tables.leads["lead_id"], "occurred_at": since, "kind": "sms_in"})
    rewritten = replace(demo_tables, events=pd.concat([demo_tables.events, stamped], ignore_index=True))

    quiet, result = (HistoryUnchanged(tables, trained.bundle, answered).run() for tables in (demo_tables, rewritten))

    assert quiet.verdict == "holds" and quiet.sentence.startswith("0.0% of the 60 newest answers")
    assert result.verdict == "fails" and "inbound_touches" in result.details


def test_a_few_corrected_leads_are_no_fault(demo_tables, trained):
    answered = sample_requests(demo_tables, trained.bundle, 60)
    leads = demo_tables.leads.copy()
    corrected = np.flatnonzero(leads["lead_id"].isin([request.lead_id for request in answered]).to_numpy())[:2]
    leads.loc[corrected, "postal_code"] = None

    assert HistoryUnchanged(replace(demo_tables, leads=leads), trained.bundle, answered).run().verdict == "holds"


def test_without_answers_it_does_not_apply(demo_tables, trained):
    assert (
        HistoryUnchanged(demo_tables, trained.bundle, sample_requests(demo_tables, trained.bundle, 5)).run().verdict
        == "not applicable"
    )


def test_only_the_newest_answers_of_this_bundle_are_read(demo_tables, trained, tmp_path):
    answered = sample_requests(demo_tables, trained.bundle, 12)
    PredictionLog(tmp_path).write(
        [*answered[:6], *(replace(request, sha256="f" * 64) for request in answered[6:9]), *answered[9:]]
    )

    newest = read_newest_predictions(tmp_path, answered[0].sha256, 5)
    result = list(name_leads(newest, demo_tables.leads["lead_id"], tmp_path))

    assert [request.lead_id for request in result] == [request.lead_id for request in (*answered[4:6], *answered[9:])]
