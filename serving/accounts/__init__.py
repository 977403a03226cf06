"""User accounts: who may use the desk, and who is signed in?

``password_hashing`` hashes and verifies them; ``sessions`` signs users in and out and finds the user of a session. No
web framework here: cookies, forms and pages are in ``serving.desk.pages``, the command line in
``serving.cli.users``."""

__all__ = ["password_hashing", "sessions"]
