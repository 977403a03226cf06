"""What does BentoML itself cost? A service with one route that does nothing: the floor of every figure in ``load``."""

import os

os.environ |= {"BENTOML_DO_NOT_TRACK": "true", "DO_NOT_TRACK": "true"}

import bentoml


@bentoml.service(name="empty", threads=2, workers=1, metrics={"enabled": False})
class Empty:
    """Answers ``{}``."""

    @bentoml.api(route="/empty")
    def empty(self) -> dict:
        """Nothing."""
        return {}
