"""The linear part, the boosted trees, their blend, calibration and intervals."""
