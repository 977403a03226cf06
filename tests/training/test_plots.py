"""Is every text in a plot shown as it is? A practice names its columns as it likes."""

import subprocess
import sys
from io import BytesIO

import pytest
from matplotlib import pyplot

from training.plots import _STYLE


@pytest.mark.parametrize("name", ["Quote $ (50% of $)", r"$\frac{1}{", "$$", "a_b^c", r"50\% $x$"])
def test_a_column_with_dollar_signs_is_drawn_as_it_is_written(name):
    with pyplot.rc_context(_STYLE):
        figure, axes = pyplot.subplots()
        axes.barh([name], [1.0], label=name)
        axes.set(title=name, xlabel=name)
        axes.text(0, 0, name)
        axes.legend()
        figure.savefig(BytesIO(), format="png")
        drawn = [text.get_parse_math() for text in (axes.title, *axes.texts, *axes.get_yticklabels())]
        pyplot.close(figure)

    assert not any(drawn)


def test_importing_the_plots_leaves_a_notebooks_own_plots_where_they_went():
    code = (
        "import matplotlib; matplotlib.use('svg'); import matplotlib.pyplot; import training.plots; "
        "print(matplotlib.get_backend())"
    )

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)

    assert ran.stdout.strip() == "svg"
