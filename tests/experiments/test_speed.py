import json
from pathlib import Path

import numpy as np
import pytest

from experiments.benchmarks import baselines, speed
from jaxw2v.study import figures


@pytest.fixture
def text(tmp_path) -> Path:
    pairs = np.random.default_rng(0).integers(0, 10, (400, 5))
    path = tmp_path / "a text.txt"
    path.write_text("\n".join(" ".join(f"w{2 * p} w{2 * p + 1}" for p in line) for line in pairs) + "\n")
    (tmp_path / "pairs.tsv").write_text("w0\tw1\t9\nw2\tw3\t8\nw0\tw5\t1\nw2\tw9\t0.5\n")
    return path


def test_baselines_in_the_same_run(text, tmp_path, capsys):
    pytest.importorskip("gensim", reason="the gensim extra is not installed")
    out = tmp_path / "out"
    small = ["--repeats", "1", "--epochs", "2", "--dim", "8", "--gensim", "2"]
    runs = ["--run", "ours", "train.step_tokens=64", "--run", "k", "negatives.k=3 train.step_tokens=64"]
    status = speed.main([str(text), "--similarity", str(tmp_path / "pairs.tsv"), *small, *runs, "--out", str(out)])
    printed = capsys.readouterr().out
    assert status == 0
    record = json.loads((out / "benchmark.json").read_text())
    assert [trial["name"] for trial in record["trials"]] == ["ours", "k", "gensim, 2 workers"]
    for trial in record["trials"]:
        assert trial["words_per_second"] > 0
        assert trial["pairs_per_second"] > 0
        assert trial["seconds.to_saved_vectors"] > 0
        assert trial["peak_megabytes"] > 50
        assert -1 <= trial["scores"]["pairs"] <= 1
    ours, _, gensim = record["trials"]
    ratio = ours["words_per_second"] / gensim["words_per_second"]
    assert f"ours / best baseline, words/s: median {ratio:.2f} ({ratio:.2f})" in printed
    assert (out / "table.md").read_text() in printed
    assert (out / "quality-speed.png").stat().st_size > 0

    assert speed.main([str(text), "--out", str(out)]) == 2
    assert "holds a benchmark already" in capsys.readouterr().err


def test_mistakes(text, tmp_path, capsys):
    def said(*words):
        assert speed.main([*map(str, words), "--out", str(tmp_path / "out"), "--gensim"]) == 2
        return capsys.readouterr().err

    assert "no such file" in said(tmp_path / "none.txt")
    assert "windows.windw" in said(text, "--run", "wrong", "windows.windw=3", "--repeats", 1)
    assert "none.tsv" in said(text, "--similarity", tmp_path / "none.tsv")


def test_a_word2vec_that_cannot_be_run(text, tmp_path, capsys):
    assert speed.main([str(text), "--gensim", "--word2vec", str(text), "--out", str(tmp_path / "out")]) == 2
    assert f"--word2vec {text}: there is no such program" in capsys.readouterr().err  # it is no program
    assert not (tmp_path / "out").exists()
    (tmp_path / "word2vec").write_text("#!/absent")
    (tmp_path / "word2vec").chmod(0o700)
    words = ["word2vec", str(text), str(tmp_path / "vectors.bin"), "--binary", str(tmp_path / "word2vec")]
    assert baselines.main(words) == 2
    assert "cannot be run" in capsys.readouterr().err


def test_quality_speed_is_deterministic(tmp_path):
    points = [{"name": name, "speed": s, "score": s / 1e7} for name, s in (("a", 1e6), ("a", 2e6), ("b", 4e5))]
    first = figures.quality_speed(points, tmp_path / "1.png").read_bytes()
    assert figures.quality_speed(points, tmp_path / "2.png").read_bytes() == first
