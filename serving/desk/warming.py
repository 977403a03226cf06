"""Is the queue ready? Scores the desk's leads in the background, once for each (data, bundle).

Lives here: the state of the desk's queue, said honestly.
Does not live here: what is in the queue (``queue``), which bundle is in use (``serving.champion``).
"""

import logging
import threading

from features.errors import LeadlightError
from features.tables import read_tables
from serving.champion import Champion
from serving.desk.queue import Queue
from serving.scoring import Engine
from serving.settings import Settings

__all__ = ["Desk"]

log = logging.getLogger("leadlight.desk")


class Desk:
    """The queue that the desk shows, made again when a new champion is taken up.

    Parameters
    ----------
    settings : Settings
    champion : Champion
    """

    def __init__(self, settings: Settings, champion: Champion) -> None:
        self._data, self._champion, self._arrival_share = settings.desk_data, champion, settings.arrival_share
        self._made: tuple[Queue | None, str] = (None, "")
        self._made_for: Engine | None = None
        self._working = threading.Lock()

    @property
    def queue(self) -> Queue | None:
        """The queue, or None while there is none. A new champion's queue is made in the background; the old one is shown meanwhile."""
        engine, _ = self._champion.state
        if self._data is not None and engine is not None and engine is not self._made_for and not self._working.locked():
            threading.Thread(target=self.warm, name="leadlight-desk", daemon=True).start()
        return self._made[0]

    @property
    def state(self) -> str:
        """``none`` without a data folder, ``warming``, ``ready`` or ``failed``."""
        if self._data is None:
            return "none"
        queue, fault = self.queue, self._made[1]
        return "failed" if fault and queue is None else "ready" if queue is not None else "warming"

    @property
    def fault(self) -> str:
        """Why there is no queue, in one sentence; empty when nothing went wrong."""
        return self._made[1]

    def warm(self) -> None:
        """Read the data and score its open leads now."""
        with self._working:
            engine, _ = self._champion.state
            if self._data is None or engine is None or engine is self._made_for:
                return
            try:
                tables = read_tables(self._data, engine.bundle.mapping, engine.bundle.practice, scoring=True)
                self._made = (Queue.of(tables, engine, self._arrival_share), "")
            except LeadlightError as fault:
                log.warning("the desk's leads cannot be shown: %s", fault)
                self._made = (self._made[0], str(fault))
            except Exception as fault:  # the service goes on scoring; the page says that it has no queue
                log.error("the desk's leads cannot be shown: %s", type(fault).__name__)
                self._made = (self._made[0], f"The leads could not be scored ({type(fault).__name__}). Check the data with leadlight inspect.")
            self._made_for = engine
