"""The API for programs: scoring, leads, hooks of CRMs, health and metrics, the documentation."""
