"""What would the challenger have said? A second model scores the same leads after they were answered, and nobody sees
it.

Lives here: following the pointer ``shadow.json``, a bounded queue with one thread behind it, what is written down.
Does not live here: setting the pointer and the report (``training.monitoring.shadow_comparison``), the lines
(``features.logs.shadow_log``).

An answer waits for nothing here: leads are put into the queue once it is given, and let go when the queue is full.
Whatever a challenger does is counted and stays in its own thread, which the machine runs after everything else."""

import contextlib
import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from features.logs.shadow_log import ShadowComparison, ShadowLog
from serving.errors import RequestError
from serving.scoring.engine import Engine
from serving.scoring.model_loader import CHECK_SECONDS, Champion
from serving.scoring.read_lead import ReadLead
from serving.settings import Settings
from training.bundle import Bundle, parse_model_name

__all__ = ["MOST_WAITING", "Shadow"]

MOST_WAITING = 64
"""Most requests (of up to 100 leads each) that wait for the challenger; further ones are let go."""

log = logging.getLogger("leadlight.shadow")


@dataclass(frozen=True)
class _Asked:
    """What was answered: the champion's engine, and its answer to each payload."""

    engine: Engine
    payloads: tuple[Any, ...]
    answers: tuple[dict[str, Any], ...]
    now: np.datetime64


class Shadow:
    """Scores with the challenger beside the champion.

    Parameters
    ----------
    settings : Settings
    clock : callable
        Seconds, never running backwards.

    Attributes
    ----------
    scored, dropped, failed : int
        Leads that the challenger scored, that were let go because the queue was full, and that it could not score.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        name, _ = parse_model_name(settings.model)
        self._pointer = settings.home / "pointers" / name / "shadow.json"
        self._challenger = Champion(replace(settings, model=f"{name}@shadow"), clock)
        self._log, self._clock = ShadowLog(settings.home), clock
        self._waiting: queue.Queue[_Asked] = queue.Queue(MOST_WAITING)
        self._looked_at = self._loaded_at = float("-inf")
        self._on = False
        self._thread: threading.Thread | None = None
        self._known: tuple[Engine, Engine, Engine] | None = None
        self._said = ""
        self.scored = self.dropped = self.failed = 0

    def offer(
        self, engine: Engine, payloads: Sequence[Any], answers: Sequence[dict[str, Any] | None], now: np.datetime64
    ) -> None:
        """Hand over leads that were answered, with their answers; a payload without an answer is passed over. Returns
        at once and raises nothing.

        Parameters
        ----------
        engine : Engine
            The champion's, by which they were answered.
        now : datetime64[us], UTC
            The moment of the score for payloads without a ``cutoff``.
        """
        if not self._is_on():
            return
        both = [(payload, answer) for payload, answer in zip(payloads, answers, strict=True) if answer is not None]
        if not both:
            return
        asked, answered = zip(*both, strict=True)
        try:
            self._waiting.put_nowait(_Asked(engine, tuple(asked), tuple(answered), now))
        except queue.Full:
            self.dropped += len(both)
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="leadlight-shadow", daemon=True)
            self._thread.start()

    def settle(self) -> None:
        """Wait until everything that was handed over is scored or given up."""
        self._waiting.join()

    def _is_on(self) -> bool:
        """Whether a challenger is set; looked up at most once a second."""
        now = self._clock()
        if now - self._looked_at >= CHECK_SECONDS:
            self._looked_at, self._on = now, self._pointer.is_file()
        return self._on

    def _work(self) -> None:
        """Score what waits, one request after the other, for ever."""
        with contextlib.suppress(OSError, AttributeError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
        while True:
            question = self._waiting.get()
            try:
                self._score(question)
                self._said = ""
            # Whatever a challenger does stays here. An error's text may hold a value, so only its type is logged, once.
            except Exception as fault:
                self.failed += len(question.answers)
                if type(fault).__name__ != self._said:
                    self._said = type(fault).__name__
                    log.warning("the challenger cannot score: %s", self._said)
            finally:
                self._waiting.task_done()

    def _score(self, question: _Asked) -> None:
        """Score what was answered, unless the challenger is the champion itself by now, and write both down.

        RequestError without a challenger.
        """
        engine = self._engine(question.engine)
        if engine.bundle.sha256 != question.engine.bundle.sha256:
            compared = _compared(engine, question)
            self._log.write(compared)
            self.scored += len(compared)
            self.failed += len(question.answers) - len(compared)

    def _engine(self, champion: Engine) -> Engine:
        """Return the challenger's engine with what the champion's knows of the practice's own records."""
        if self._challenger.state[0] is None and self._clock() - self._loaded_at >= CHECK_SECONDS:
            self._loaded_at = self._clock()
            self._challenger.load()
        challenger = self._challenger.engine
        if self._known is None or self._known[0] is not challenger or self._known[1] is not champion:
            self._known = challenger, champion, _knowing(challenger, champion)
        return self._known[2]


def _compared(engine: Engine, question: _Asked) -> list[ShadowComparison]:
    """Both scores of each lead that the challenger can read."""
    payloads = [
        (answer, lead)
        for payload, answer in zip(question.payloads, question.answers, strict=True)
        if (lead := _read(engine, payload)) is not None
    ]
    theirs = engine.score_read([lead for _, lead in payloads], question.now)
    ours, other = (_groups(each.bundle) for each in (question.engine, engine))
    return [
        ShadowComparison(
            answer["receipt"],
            None if answer["lead_id"] is None else str(answer["lead_id"]),
            question.engine.bundle.sha256,
            engine.bundle.sha256,
            answer["log_odds"],
            shadow.log_odds,
            answer["grade"],
            shadow.grade,
            ours[answer["reasons"][0]["signals"][0]] if answer["reasons"] else None,
            other[shadow.reasons[0].signals[0]] if shadow.reasons else None,
        )
        for (answer, _), shadow in zip(payloads, theirs, strict=True)
    ]


def _knowing(challenger: Engine, champion: Engine) -> Engine:
    """Return the challenger with the champion's contact book, and without a log.

    It also gets the champion's record of outcomes where both mean the same by an outcome.
    """
    silent = replace(challenger, log=None)
    if not champion.own_records:
        return silent
    ours, newer = challenger.bundle.context, champion.context.history
    same = (challenger.bundle.label, challenger.bundle.horizon_days) == (
        champion.bundle.label,
        champion.bundle.horizon_days,
    )
    history = (
        ours.history.merge_newer(newer) if same and ours.history is not None and newer is not None else ours.history
    )
    return replace(silent, context=replace(ours, history=history, contacts=champion.context.contacts))


def _read(engine: Engine, payload: Any) -> ReadLead | None:
    """Return the lead as the challenger reads it; None where it cannot."""
    try:
        return engine.read(payload)
    except RequestError:
        return None


def _groups(bundle: Bundle) -> dict[str, str]:
    """Signal -> the group it counts under."""
    return {signal.name: signal.group for signal in bundle.signals}
