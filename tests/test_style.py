import matplotlib
import matplotlib.pyplot as plt

from jaxw2v.study import figures, style


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
    assert line.get_color() == figures.COLOURS[0]
    style.label(one, "x", "y", legend=True)
    assert one.get_ylabel() == "y"
    assert not one.get_legend().get_frame_on()
    plt.close(one.figure)


def test_one_panel_is_a_list_of_one():
    (one,) = style.panels("alone")
    assert one.get_title("left") == "alone"
    plt.close(one.figure)
