import struct
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from jaxw2v.errors import InputError
from jaxw2v.study import agreement_figure, figures, layout, style
from jaxw2v.vectors.table import Table


@pytest.fixture(autouse=True)
def _fewer_steps(monkeypatch):
    monkeypatch.setattr(layout, "_STEPS", 20)


def metrics(n):
    return [
        {"words": 1e5 * i, "epoch": i * 2 / n, "loss": 2 + 1 / i, "learning_rate": 0.025 * (1 - i / n)}
        for i in range(1, n + 1)
    ]


def shape(path):
    """Width and height of a PNG, from its first chunk."""
    head = path.read_bytes()[:24]
    assert head.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">2I", head[16:])


def clusters(count, dimension=9):
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(5, dimension))[np.arange(count) % 5] + 0.1 * rng.normal(size=(count, dimension))
    return Table([f"word{row}" for row in range(count)], vectors.astype(np.float32))


@pytest.mark.parametrize("n", [1, 5, 120])
def test_a_loss_curve_is_a_picture_and_repeats(tmp_path, n):
    one = figures.loss_curve(metrics(n), tmp_path / "one.png")
    two = figures.loss_curve(metrics(n), tmp_path / "two.png")
    assert one == tmp_path / "one.png"
    assert shape(one) == (1050, 690)
    assert one.read_bytes() == two.read_bytes()
    assert b"Software" not in one.read_bytes()


def test_reports_without_a_loss_are_gaps(tmp_path):
    reports = metrics(6)
    reports[2]["loss"] = None
    reports[3]["loss"] = float("nan")
    del reports[4]["loss"]
    shape(figures.loss_curve(reports, tmp_path / "l.png"))
    shape(figures.loss_curve([{"note": "no words"}], tmp_path / "l.png"))
    shape(figures.loss_curve([], tmp_path / "l.png"))


def test_the_smooth_line_is_a_mean_that_keeps_a_straight_line():
    y = np.arange(200.0)
    np.testing.assert_allclose(figures._smooth(y)[5:-5], y[5:-5])
    assert figures._smooth(y)[0] == np.mean(y[:6])


def test_a_projection_is_a_picture_and_repeats(tmp_path):
    table = clusters(80)
    one = figures.projection(table, tmp_path / "one.png", words=60)
    two = figures.projection(table, tmp_path / "two.png", words=60)
    assert shape(one) == (1650, 1275)
    assert one.read_bytes() == two.read_bytes()
    other = Table(table.words, table.vectors_VD[::-1].copy())
    assert figures.projection(other, tmp_path / "two.png", words=60).read_bytes() != one.read_bytes()


def test_near_vectors_lie_near_on_the_plane(monkeypatch):
    monkeypatch.setattr(layout, "_STEPS", 500)
    table = clusters(100)
    unit = table.vectors_VD / np.linalg.norm(table.vectors_VD, axis=1, keepdims=True)
    place = layout.plane(unit.astype(np.float64), "tsne")
    apart = np.linalg.norm(place[:, None] - place[None], axis=-1)
    np.fill_diagonal(apart, np.inf)
    assert (apart.argmin(axis=1) % 5 == np.arange(100) % 5).mean() > 0.95


def test_words_that_are_no_letters_of_the_font_or_look_like_formulas(tmp_path):
    table = clusters(12)
    words = ["</s>", "日本語", "$x$", "$$", "a_b^c", *table.words[5:]]
    shape(figures.projection(Table(words, table.vectors_VD), tmp_path / "p.png"))


@pytest.mark.parametrize("dimension", [1, 2])
def test_few_words_of_few_dimensions(tmp_path, dimension):
    shape(figures.projection(clusters(6, dimension), tmp_path / "p.png"))
    shape(figures.projection(clusters(6)._replace(vectors_VD=np.ones((6, dimension), np.float32)), tmp_path / "p.png"))


def test_too_few_words_and_no_folder(tmp_path):
    with pytest.raises(InputError, match="too few"):
        figures.projection(clusters(4), tmp_path / "p.png")
    with pytest.raises(InputError, match="absent"):
        figures.loss_curve(metrics(3), tmp_path / "absent" / "l.png")


def test_epochs_are_whole_on_the_axis():
    agreed = SimpleNamespace(weighted=0.5, correlation=0.4)
    (axes,) = style.panels("over time")
    agreement_figure.over_time(axes, [SimpleNamespace(epoch=epoch, agreement=agreed) for epoch in (1, 2, 4)])
    assert [tick for tick in axes.get_xticks() if 1 <= tick <= 4] == [1, 2, 3, 4]


def test_the_users_own_pyplot_is_left_alone():
    code = "import sys, jaxw2v.study.figures; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False).returncode == 0
