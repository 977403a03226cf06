"""What must hold before a model may be believed? Numbered checks, one file and one class each.

Each check says what it found in one sentence, and never raises for a failed claim: the caller decides what a failure
stops."""
