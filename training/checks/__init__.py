"""What must hold before a model may be trusted? Numbered checks, one file and one class each.

Each check states its result in one sentence and never raises for a failed claim: the caller decides what a failure
blocks.
"""
