"""People: who may use the desk, and who is there now?

``passwords`` keeps and compares them; ``desk_people`` signs people in and out and says whose a session is. No web
framework here: cookies, forms and pages are in ``serving.desk``, words on a terminal in ``serving.cli.users``."""

__all__ = ["desk_people", "passwords"]
