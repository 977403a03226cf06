"""Why this score, and what does a signal rest on for one lead? Reasons, their words, and the evidence behind them."""
