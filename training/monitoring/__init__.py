"""Are new leads still like those the model learned from? Inputs, scores, outcomes and calibration, month by month.

The arithmetic (``population_stability_index``, ``hypothesis_tests``, ``control_limits``, ``estimated_performance``)
knows nothing of a bundle; ``monitor`` puts it together; ``alarm_texts``, ``html_page`` and ``prometheus`` show the
result.
"""

__all__ = ["monitor", "reference_profile"]
