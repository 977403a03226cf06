"""How do the contacts that a CRM already has get their scores? All of them once, in pages, on from where it stopped.

Lives here: scoring a page, writing it, the place that was reached. Does not live here: the CRM's requests
(``hubspot_contacts``, ``hubspot_writer``), its limits (``paced_transport``), scores of leads that change (``sender``).

Nothing of a contact is stored here: it is read, scored and written back. The place is kept after a page is written, so
a page may be written twice, which has one effect.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
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
from serving.crm.outbound.retry_policy import Verdict
from serving.crm.outbound.score_payload import build_score_payload
from serving.crm.ports import Claim
from serving.errors import RequestError, ServiceError
from serving.scoring.engine import Engine

__all__ = ["Backfill", "Progress"]

_CLAIM = timedelta(hours=1)
_DELIVERIES = 12


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
    """

    after: str | None = None
    model: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    grades: Counter[str] = field(default_factory=Counter)


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
                raise ServiceError(f"push: HubSpot did not answer ({fault.code}). {_GOES_ON}") from None
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
        """Write the scores of a page; ServiceError if the CRM is down or refuses every one of them."""
        until = self._clock() + _CLAIM
        claims = [
            Claim(number, "hubspot", contact, body, 1, str(number), until)
            for number, (contact, body) in enumerate(bodies.items(), 1)
        ]
        verdicts: list[Verdict] = []
        # A page with many contacts that spoil an update is found out in more calls than one delivery may take.
        for _ in range(_DELIVERIES):
            delivered = self._channel.deliver(claims, self._clock())
            verdicts += [verdict for verdict in delivered if verdict.kind != "retry"]
            waiting = [verdict for verdict in delivered if verdict.kind == "retry"]
            claims = [verdict.claim for verdict in waiting]
            if not claims or any(verdict.crm_down for verdict in waiting):
                break
        if claims:
            raise ServiceError(f"push: HubSpot could not take {len(claims)} scores now ({waiting[0].code}). {_GOES_ON}")
        refused = [verdict.code for verdict in verdicts if verdict.kind == "dead"]
        if verdicts and len(refused) == len(verdicts):
            raise ServiceError(
                f"push: HubSpot refused every score of a page ({refused[0]}). Create the properties of a contact that "
                "serving/README.md lists under Scores back, and give the private app the scope "
                "crm.objects.contacts.write."
            )
        unchanged = sum(verdict.code == "stands_already" for verdict in verdicts)
        progress.counts.update(
            refused=len(refused), unchanged=unchanged, written=len(verdicts) - len(refused) - unchanged
        )

    def _read_place(self) -> Progress:
        """Return where the last run stopped; the beginning if it ended, or another model scored it."""
        fresh = Progress(model=self._model)
        try:
            state = json.loads(self._place.read_text(encoding="utf-8"))
            progress = Progress(state["after"], state["model"], Counter(state["counts"]), Counter(state["grades"]))
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
        state |= {"counts": dict(progress.counts), "grades": dict(progress.grades)}
        replace_file(self._place, json.dumps(state).encode())


_GOES_ON = "Run the command again later; it goes on where it stopped."
