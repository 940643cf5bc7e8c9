import matplotlib
import matplotlib.pyplot as plt
import numpy as np

from jaxw2v.study import figures, style
from jaxw2v.study.statistics import Interval


def test_panels_have_the_style_and_leave_the_users_alone():
    matplotlib.use("agg")
    before = dict(matplotlib.rcParams)
    one, two = style.panels("a claim", "its end", width=6, height=2)
    assert dict(matplotlib.rcParams) == before
    assert one.figure is two.figure
    assert one.figure.dpi == style.RC["figure.dpi"]
    assert list(one.figure.get_size_inches()) == [6, 2]
    assert one.get_title("left") == "a claim"
    assert not one.spines["top"].get_visible()
    (line,) = one.plot([1, 2], [3, 4], label="a line")
    assert line.get_color() == figures.COLORS[0]
    style.label(one, "x", "y", legend=True)
    assert one.get_ylabel() == "y"
    assert not one.get_legend().get_frame_on()
    plt.close(one.figure)


def test_one_panel_is_a_list_of_one():
    (one,) = style.panels("alone")
    assert one.get_title("left") == "alone"
    plt.close(one.figure)


def test_a_curve_goes_through_the_means_and_its_bars_to_the_ends():
    (axes,) = style.panels("a curve")
    style.curve(axes, {1: Interval(4.0, 3.0, 5.0, 3), 8: Interval(6.0, None, None, 1)}, "a label", scale=2)
    ((line, _, (across, up)),) = axes.containers
    np.testing.assert_array_equal(line.get_xydata(), [[1, 2], [8, 3]])
    np.testing.assert_array_equal(up.get_segments(), [[[1, 1.5], [1, 2.5]], [[8, 3], [8, 3]]])
    np.testing.assert_array_equal(across.get_segments(), [[[1, 2], [1, 2]], [[8, 3], [8, 3]]])
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["1", "8"]
    assert axes.get_legend_handles_labels()[1] == ["a label"]
    plt.close(axes.figure)


def test_a_path_has_bars_both_ways():
    (axes,) = style.panels("a path")
    style.path(axes, [Interval(2.0, 1.0, 4.0, 3)], [Interval(4.0, 3.0, 5.0, 3)], "a label")
    ((line, _, (across, up)),) = axes.containers
    np.testing.assert_array_equal(line.get_xydata(), [[2, 4]])
    np.testing.assert_array_equal(across.get_segments(), [[[1, 4], [4, 4]]])
    np.testing.assert_array_equal(up.get_segments(), [[[2, 3], [2, 5]]])
    plt.close(axes.figure)
