"""Are leads graded by the shares that the page names, at any spread of probabilities?"""

import numpy as np

from training.model.grades import Grades


def test_shares_of_leads_get_the_grades_they_were_cut_for():
    probability = np.random.default_rng(4).beta(2, 5, 2_000)

    grades = Grades.cut(probability).assign(probability)

    assert [round(float((grades == grade).mean()), 2) for grade in "ABCD"] == [0.15, 0.25, 0.30, 0.30]


def test_a_probability_on_the_bound_has_the_better_grade_and_equal_ones_have_one_grade():
    assert Grades(0.5, 0.3, 0.1).assign(np.array([0.5, 0.4999, 0.3, 0.1, 0.0999])).tolist() == list("ABBCD")
    assert set(Grades.cut(np.full(50, 0.2)).assign(np.full(50, 0.2))) == {"A"}
