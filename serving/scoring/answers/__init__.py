"""What is answered, and what is written down of it? Fields of answers, receipts.

Lives here: turning the arrays of a batch into answers and log lines. Does not live here: computing a score
(``serving.scoring.engine``).
"""
