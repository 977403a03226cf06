"""How do the contacts that a CRM already has get their scores? All of them once, in pages, on from where it stopped.

Lives here: scoring a page, writing it, the place that was reached. Does not live here: the CRM's requests
(``hubspot_contacts``, ``hubspot_writer``), its limits (``paced_transport``), scores of leads that change (``sender``).

Nothing of a contact is stored here: it is read, scored and written back. The place is kept after a page is written, so
a page may be written twice, which has one effect.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from features.durable_files import replace_file
from features.file_permissions import make_private_folder
from features.mapping.column_mapping import Mapping
from serving.crm.outbound.http_transport import Requests, TransportFault
from serving.crm.outbound.hubspot_contacts import read_contact_page
from serving.crm.outbound.hubspot_writer import HubSpotChannel
from serving.crm.outbound.paced_transport import explain_return
from serving.crm.outbound.retry_policy import Verdict
from serving.crm.outbound.score_payload import build_score_payload
from serving.crm.ports import Claim
from serving.errors import RequestError, ServiceError
from serving.scoring.engine import Engine

__all__ = ["Backfill", "Progress"]

_CLAIM = timedelta(hours=1)
_DELIVERIES = 12
_SCORES_OF_A_FAULT = 10
"""Once HubSpot took scores, a page of which it takes none stops the run if it refuses at least so many."""


@dataclass
class Progress:
    """How far a run is.

    Parameters
    ----------
    after : str or None
        Where the next page begins.
    model : str
        The version that scored, and the start of its sha256; another one begins anew.
    counts : Counter
        read, scored, unreadable, written, unchanged, refused.
    grades : Counter
    refusals : Counter
        Reason -> scores that HubSpot refused for good.
    """

    after: str | None = None
    model: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    grades: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)


class Backfill:
    """One run over all contacts.

    Parameters
    ----------
    requests : Requests
        To the CRM, within its limits.
    engine : Engine
    mapping : Mapping or None
        Of the practice's own properties.
    place : Path
        The file that holds how far the run is; only ids of pages and counts.
    clock : callable
        Returns the current time, in UTC.
    """

    def __init__(
        self,
        requests: Requests,
        engine: Engine,
        mapping: Mapping | None,
        place: Path,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._requests, self._engine, self._mapping, self._place, self._clock = requests, engine, mapping, place, clock
        self._channel = HubSpotChannel(requests, clock)
        # The version alone is a number that another model's may be, too.
        self._model = f"{engine.version} {engine.bundle.sha256[:12]}"

    def run(self, send: bool, report: Callable[[Progress], None], max_pages: int | None = None) -> Progress:
        """Score every contact, from where the last run stopped; write the scores only if ``send``.

        A dry run begins at the first contact and leaves no place.

        Raises
        ------
        ServiceError
            If the CRM refuses, or takes none of a page: the place is kept.
        """
        progress = self._read_place() if send else Progress(model=self._model)
        pages = 0
        while max_pages is None or pages < max_pages:
            try:
                page = read_contact_page(self._requests, self._mapping, progress.after)
            except TransportFault as fault:
                raise ServiceError(f"push: HubSpot did not answer ({fault.code}). {explain_return(None)}") from None
            bodies = self._score(page.leads, progress)
            if send:
                self._write(bodies, progress)
            progress.after, pages = page.after, pages + 1
            if send:
                self._keep_place(progress)
            report(progress)
            if page.after is None:
                self._place.unlink(missing_ok=True) if send else None
                break
        return progress

    def _score(self, leads: tuple[dict[str, Any], ...], progress: Progress) -> dict[str, dict[str, Any]]:
        """Score the leads of a page: contact -> what is written back."""
        read_leads = []
        for lead in leads:
            try:
                read_leads.append(self._engine.read(lead))
            except RequestError:
                progress.counts["unreadable"] += 1
        now = np.datetime64(self._clock().replace(tzinfo=None), "us")
        answers = self._engine.answer_leads(read_leads, now)
        progress.counts.update(read=len(leads), scored=len(answers))
        progress.grades.update(answer["grade"] for answer in answers)
        return {answer["lead_id"]: build_score_payload(answer) for answer in answers}

    def _write(self, bodies: dict[str, dict[str, Any]], progress: Progress) -> None:
        """Write the scores of a page; ServiceError if the CRM is down, or its setup makes it refuse every one."""
        claims = [
            Claim(number, "hubspot", contact, body, 1, str(number), self._clock() + _CLAIM)
            for number, (contact, body) in enumerate(bodies.items(), 1)
        ]
        verdicts: list[Verdict] = []
        # A page with many contacts that spoil an update is found out in more calls than one delivery may take.
        for _ in range(_DELIVERIES):
            delivered = self._channel.deliver(claims, self._clock())
            verdicts += [verdict for verdict in delivered if verdict.kind != "retry"]
            waiting = [verdict for verdict in delivered if verdict.kind == "retry"]
            # Nobody else writes them: what waits is claimed anew, however long the last delivery waited for HubSpot.
            claims = [replace(verdict.claim, until=self._clock() + _CLAIM) for verdict in waiting]
            if not claims or any(verdict.crm_down for verdict in waiting):
                break
        unchanged = sum(verdict.code == "stands_already" for verdict in verdicts)
        refusals = Counter(verdict.code for verdict in verdicts if verdict.kind == "dead")
        if claims:
            wait = max((verdict.retry_after for verdict in waiting if verdict.retry_after), default=None)
            # What waits because of another score says less than that one does.
            code = next((verdict.code for verdict in waiting if verdict.crm_down), waiting[0].code)
            raise ServiceError(
                f"push: HubSpot could not take {len(claims)} scores now ({code}). {explain_return(wait)}"
            )
        if len(verdicts) == refusals.total():
            _require_setup(refusals, progress)
        progress.refusals += refusals
        progress.counts.update(
            refused=refusals.total(),
            unchanged=unchanged,
            written=len(verdicts) - refusals.total() - unchanged,
        )

    def _read_place(self) -> Progress:
        """Return where the last run stopped; the beginning if it ended, or another model scored it."""
        fresh = Progress(model=self._model)
        try:
            state = json.loads(self._place.read_text(encoding="utf-8"))
            tallies = (Counter(state[name]) for name in ("counts", "grades", "refusals"))
            progress = Progress(state["after"], state["model"], *tallies)
        except FileNotFoundError:
            return fresh
        except (OSError, ValueError, KeyError, TypeError):
            raise ServiceError(
                "push: the file that holds how far the last run came cannot be read. Begin anew with --restart."
            ) from None
        return progress if progress.model == fresh.model else fresh

    def _keep_place(self, progress: Progress) -> None:
        make_private_folder(self._place.parent)
        state: dict[str, object] = {"after": progress.after, "model": progress.model}
        state |= {name: dict(getattr(progress, name)) for name in ("counts", "grades", "refusals")}
        replace_file(self._place, json.dumps(state).encode())


def _require_setup(refusals: Counter[str], progress: Progress) -> None:
    """Refuse to go on where HubSpot took nothing of a page because of how it is set up, not because of the contacts.

    One that was deleted meanwhile says nothing about that, nor does a small page after others that were taken: the last
    page may be one contact that HubSpot refuses for good.
    """
    refused = refusals.total() - refusals["no_such_contact"] - refusals["not_a_contact_of_hubspot"]
    has_taken = progress.counts["written"] + progress.counts["unchanged"] > 0
    if not refused or (has_taken and refused < _SCORES_OF_A_FAULT):
        return
    before = "took scores of earlier pages and now " if has_taken else ""
    reasons = ", ".join(sorted(refusals))
    raise ServiceError(
        f"push: HubSpot {before}refused every score of a page, {refused} ({reasons}). Create the properties of a "
        "contact that serving/README.md lists under Scores back, and give the private app the scope "
        "crm.objects.contacts.write. If both are there, HubSpot refuses these contacts themselves: open one and see "
        "which property it does not let you save. The next run tries this page again."
    )
