"""What does a signal rest on for one lead, and which signals are there?"""
