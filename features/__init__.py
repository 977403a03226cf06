"""What did we know about a lead, as numbers? Tables -> batches -> signals -> the feature matrix.

Read in this order: ``schema``, ``tables``, ``point_in_time``, ``batch``, ``registry``, ``signals``, ``feature_matrix``.
Importing this package does nothing.
"""
