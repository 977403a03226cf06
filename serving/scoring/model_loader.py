"""Which engine answers now? Follows the pointer file of a model and the home's practice.toml, without a pause and
without mlflow.

Lives here: noticing a new champion, loading it beside the old one, keeping the old one when the new one is damaged.
Does not live here: promoting (``training``), scoring (``scoring``).
"""

import gc
import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from features.errors import LeadlightError, PracticeError
from features.logs.prediction_log import PredictionLog
from serving.errors import RequestError
from serving.scoring.engine import Engine
from serving.scoring.live_practice_settings import find_practice_file, overlay_practice
from serving.settings import Settings
from training.bundle import find_bundle, parse_model_name

__all__ = ["CHECK_SECONDS", "Champion"]

CHECK_SECONDS = 1.0
"""A pointer is looked at no more often than this."""

log = logging.getLogger("leadlight.champion")

_Mark = tuple[tuple[int, int, int] | None, tuple[int, int, int] | None]


class Champion:
    """The engine in use, swapped whole: whoever took one keeps it to the end of the request.

    Parameters
    ----------
    settings : Settings
    clock : callable
        Seconds, never running backwards.

    Attributes
    ----------
    settings : Settings
        As given.
    log : RequestLog
        Where every engine writes down what it answered.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings, self._clock = settings, clock
        self._pointer = _pointer_of(settings)
        self.log = PredictionLog(settings.home)
        self._state: tuple[Engine | None, str | None] = (None, "No model was loaded yet.")
        self._mark: _Mark = (None, None)
        self._looked_at = float("-inf")
        self._loading = threading.Lock()

    @property
    def engine(self) -> Engine:
        """The engine in use. RequestError with status 503 while there is none."""
        self._look()
        engine, fault = self._state
        if engine is None:
            raise RequestError(503, "not_ready", f"No model is loaded. {fault or ''}".strip(), retryable=True)
        return engine

    @property
    def state(self) -> tuple[Engine | None, str | None]:
        """The engine in use, if any, and why a newer one is not."""
        self._look()
        return self._state

    @property
    def fallback_reason(self) -> str | None:
        """Why LightGBM itself explains the scores of the engine in use, many times slower; None where it does not, or
        there is none.
        """
        engine = self._state[0]
        return None if engine is None else engine.bundle.explainer.fallback_reason

    def load_or_raise(self) -> None:
        """Load what the pointer names now, or raise why it cannot be used: before anything is served.

        Raises
        ------
        BundleError, ServiceError
        """
        with self._loading:
            self._mark = self._mark_now()
            self._take_up()
        _freeze_memory()

    def load(self) -> None:
        """Load what the pointer names now. A fault leaves the engine in use as it is, and is kept as the reason."""
        with self._loading:
            mark = self._mark_now()
            try:
                self._take_up()
            except LeadlightError as fault:
                log.warning("model not taken up: %s", fault)
                self._state = (self._state[0], str(fault))
            except (
                Exception
            ) as fault:  # a bundle that passes its checks and still cannot score must not take the service down
                log.error("model not taken up: %s", type(fault).__name__)
                self._state = (
                    self._state[0],
                    f"The newer model cannot be used ({type(fault).__name__}). Train or promote again.",
                )
            self._mark = mark
        _freeze_memory()

    def _take_up(self) -> None:
        """Make the engine of what the pointer names; the one in use stays where it is the same."""
        bundle, version = find_bundle(self.settings.model, self.settings.home)
        old, fault = self._state[0], None
        is_same = old is not None and old.bundle.sha256 == bundle.sha256 and old.version == version
        try:
            bundle = replace(bundle, practice=overlay_practice(bundle.practice, self.settings.home))
        except PracticeError as error:
            # A slip in the desk's settings stops no scoring: those in use stay, or the ones the model was trained with.
            # Lines alone: a fault may quote the name with which somebody signs in.
            lines = ", ".join(dict.fromkeys(re.findall(r"\bline \d+", str(error)))) or "the whole file"
            fault = f"The home's practice.toml is not used ({lines}): leadlight doctor says what is wrong."
            log.warning("practice.toml not taken up: %s", lines)
            bundle = replace(bundle, practice=old.bundle.practice) if old is not None and is_same else bundle
        is_same = is_same and old is not None and old.bundle.practice == bundle.practice
        self._state = (old if is_same else Engine.of(bundle, version, self.log), fault)

    def _look(self) -> None:
        """Start loading in the background when the pointer has changed; at most once a second."""
        now = self._clock()
        if now - self._looked_at < CHECK_SECONDS:
            return
        self._looked_at = now
        if self._mark_now() != self._mark and not self._loading.locked():
            threading.Thread(target=self.load, name="leadlight-champion", daemon=True).start()

    def _mark_now(self) -> _Mark:
        """Return what tells one pointer file, and one practice.toml of the home, from the next."""
        return _mark_file(self._pointer), _mark_file(find_practice_file(self.settings.home))


def _mark_file(path: Path | None) -> tuple[int, int, int] | None:
    """Return what tells a file from its next version; None without one."""
    if path is None:
        return None
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _freeze_memory() -> None:
    """Keep what is loaded out of collections, which keeps the slowest requests short."""
    gc.collect()
    gc.freeze()


def _pointer_of(settings: Settings) -> Path | None:
    """Return the pointer file of a registered model; None for a bundle's folder, which does not change."""
    if (Path(settings.model) / "manifest.json").is_file():
        return None
    name, alias = parse_model_name(settings.model)
    return settings.home / "pointers" / name / f"{alias}.json"
