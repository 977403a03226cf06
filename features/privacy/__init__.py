"""Privacy: does this column or value identify a person, or say what must not count?"""
