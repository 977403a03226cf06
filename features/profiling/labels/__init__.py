"""Which column says what became of each lead, and what do its values mean?"""
