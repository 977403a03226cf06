"""When is a practice open, in which time zone, and how much of an interval was business time?"""
