import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from experiments.benchmarks import baselines, grid_texts, made_text, speed, trials, tuning
from jaxw2v.errors import InputError
from jaxw2v.study import figures
from tests.command_line import REPOSITORY


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
    assert gensim["pairs_per_second.derived"] is True
    assert "pairs_per_second.derived" not in ours
    assert "| ≈ " in printed.split("| gensim, 2 workers |")[1].splitlines()[0]
    assert "\n≈: not measured" in printed
    assert "≈" not in printed.split("| ours |")[1].splitlines()[0]
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
    pairs = "--similarity", tmp_path / "pairs.tsv"
    assert "--tune-gensim: not used without" in said(text, "--tune-gensim", 0.02)
    assert "--tune-gensim: not used without gensim" in said(text, *pairs, "--tune-gensim", 0.02)
    assert "'0'" in said(text, *pairs, "--tune-gensim", 0)
    assert "--repeats and --gensim take 1 or more" in said(text, "--repeats", 0)
    assert "'0'" in said(text, "--grid", "8", "0", "1k")
    assert "'8,x'" in said(text, "--grid", "8,x", "10", "1k")
    assert "'1e999k'" in said(text, "--grid", "8", "10", "1e999k")
    assert "`all` is a vocabulary" in said(text, "--grid", "all", "10", "1k")
    assert "--dim 7" in said(text, "--grid", "8", "10", "1k", "--dim", 7)
    assert "--min-count 7" in said(text, "--grid", "8", "10", "1k", "--min-count", 7)


def test_a_word2vec_that_cannot_be_run(text, tmp_path, capsys):
    assert speed.main([str(text), "--gensim", "--word2vec", str(text), "--out", str(tmp_path / "out")]) == 2
    assert f"--word2vec {text}: there is no such program" in capsys.readouterr().err  # it is no program
    assert not (tmp_path / "out").exists()
    (tmp_path / "word2vec").write_text("#!/absent")
    (tmp_path / "word2vec").chmod(0o700)
    words = ["word2vec", str(text), str(tmp_path / "vectors.bin"), "--binary", str(tmp_path / "word2vec")]
    assert baselines.main(words) == 2
    assert "cannot be run" in capsys.readouterr().err


def test_a_learning_rate_of_gensim(text, tmp_path):
    pytest.importorskip("gensim", reason="the gensim extra is not installed")

    def trained(*words):
        small = ["--dim", "8", "--epochs", "1", "--workers", "1"]
        assert baselines.main(["gensim", str(text), str(tmp_path / "vectors.bin"), *small, *words]) == 0
        return (tmp_path / "vectors.bin").read_bytes()

    assert trained() == trained("--learning-rate", "0.025") != trained("--learning-rate", "0.05")


@pytest.fixture
def trained(monkeypatch) -> list[tuple]:
    """What would have been trained: the text's first word, min_count, dimensions, program, arguments, questions."""
    calls = []

    def run_trial(chosen, program, seed, test_sets):
        vocabulary = Counter(Counter(chosen.text.read_text().split()).values())
        size = sum(number for count, number in vocabulary.items() if count >= chosen.min_count)
        asked = {name: len(questions.words) for name, questions in test_sets.items()}
        calls.append((chosen.text.name, size, chosen.dim, program.name, program.words, asked))
        if "fails" in program.words:
            raise InputError("it fails")
        rate = [float(word.partition("=")[2]) for word in program.words if word.startswith("--learning-rate=")]
        score = 0.5 - abs(0.03 - rate[0]) if rate else 0.1
        speed = {"jaxw2v": 600.0, "one copy": 500.0}.get(program.name, 200.0)
        scores = dict.fromkeys(test_sets, score)
        return {"name": program.name, "seed": seed, "vocabulary": size, "words_per_second": speed, "scores": scores}

    monkeypatch.setattr(trials, "run_trial", run_trial)
    monkeypatch.setattr(tuning, "run_trial", run_trial)
    monkeypatch.setattr(speed.importlib.util, "find_spec", lambda name: name)
    return calls


def test_gensim_is_tuned_on_one_half_and_all_report_the_other(text, tmp_path, trained, capsys):
    (tmp_path / "pairs.tsv").write_text("".join(f"w{n}\tv{n}\t{n}\n" for n in range(50)))
    words = [str(text), "--similarity", str(tmp_path / "pairs.tsv"), "--repeats", "1", "--out", str(tmp_path / "out")]
    assert speed.main([*words, "--gensim", "4", "3", "--tune-gensim", "0.01", "0.035", "0.05"]) == 0
    validation, reported = trained[0][-1]["pairs"], trained[-1][-1]["pairs"]
    assert validation + reported == 50
    rates = [f"--learning-rate={rate}" for rate in (0.01, 0.035, 0.05)]
    assert [call[3:] for call in trained] == [
        *(("gensim, 4 workers", ["gensim", "--workers=4", rate], {"pairs": validation}) for rate in rates),
        ("jaxw2v", [], {"pairs": reported}),
        ("gensim, 4 workers", ["gensim", "--workers=4", rates[1]], {"pairs": reported}),
        ("gensim, 3 workers", ["gensim", "--workers=3", rates[1]], {"pairs": reported}),
    ]
    record = json.loads((tmp_path / "out" / "benchmark.json").read_text())
    assert record["gensim.learning_rate"] == 0.035
    assert [round(each["mean"], 3) for each in record["gensim.tried"]] == [0.48, 0.495, 0.48]
    note = "gensim has the learning rate 0.035, the best on one half of each test set"
    assert note in capsys.readouterr().out
    assert note in (tmp_path / "out" / "table.md").read_text()


def test_a_grid_goes_on_where_it_was_stopped(text, tmp_path, trained, capsys):
    out = tmp_path / "out"
    words = [str(text), "--similarity", str(tmp_path / "pairs.tsv"), "--gensim", "2", "--repeats", "1"]
    assert speed.main([*words, "--out", str(out), "--grid", "8,16", "12,30", "100,10k"]) == 0
    names = ["jaxw2v", "one copy", "gensim, 2 workers"]
    assert [call[:4] for call in trained] == [
        *(("first.txt", 10, dim, name) for dim in (8, 16) for name in names),  # and none has 30 words
        *(("first.txt", 12, dim, name) for dim in (8, 16) for name in names),
        *(("made.txt", 30, dim, name) for dim in (8, 16) for name in names),
    ]
    assert [call[-1] for call in trained] == [{"pairs": 4}] * 12 + [{}] * 6
    printed = capsys.readouterr().out
    row = "| 10k | made | 30 | 16 | 600 | 500 | 200 | 3.00 | 2.50 | 1.20 |  |  |  |"
    assert row in printed
    assert "| 10k | repeated | 12 | 8 | 600 | 500 | 200 | 3.00 | 2.50 | 1.20 | 0.100 | 0.100 | 0.100 |" in printed
    assert "Left out: a vocabulary of 30 in 100 words" in printed
    assert not (out / "texts").exists()

    del trained[:]
    assert speed.main([*words, "--out", str(out), "--grid", "8,32", "30", "10k", "--run", "broken", "fails"]) == 2
    assert [call[2:5] for call in trained] == [
        (8, "broken", ["fails"]), (32, "broken", ["fails"]), (32, "gensim, 2 workers", ["gensim", "--workers=2"]),
    ]  # fmt: skip
    said = capsys.readouterr()
    assert row in said.out
    assert "2 trials failed; the same command makes only those again" in said.err
    assert "8 dimensions, vocabulary 30, 10k words: broken: it fails" in said.err

    assert speed.main([*words, "--out", str(out), "--grid", "8", "30", "10k", "--epochs", "1", "--window", "4"]) == 2
    assert "another window, epochs" in capsys.readouterr().err
    assert speed.main([*words, "--out", str(out)]) == 2
    assert "holds a benchmark already" in capsys.readouterr().err


@pytest.mark.slow
def test_a_point_of_a_grid(text, tmp_path, monkeypatch, capsys):
    pytest.importorskip("gensim", reason="the gensim extra is not installed")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    words = ["--grid", "8", "12", "3k", "--epochs", "1", "--repeats", "1", "--gensim", "2", "--out", "out"]
    assert speed.main([str(text), *words, "--run", "ours", "train.step_tokens=64"]) == 0, capsys.readouterr().err
    ours, gensim = json.loads((tmp_path / "out" / "benchmark.json").read_text())["trials"]
    for trial in (ours, gensim):
        assert 10 <= trial["vocabulary"] <= 14
        assert trial["words_per_second"] > 0
    assert ours["vocabulary"] == gensim["vocabulary"]
    assert (
        f"{ours['words_per_second'] / gensim['words_per_second']:.2f} |" in (tmp_path / "out" / "table.md").read_text()
    )


@pytest.mark.parametrize("words", [2, 7, 9, 10, 18, 20])
def test_the_first_words_of_a_text_or_that_text_again(tmp_path, words):
    (tmp_path / "text.txt").write_text("a b\na c a\n\nb d b\ne")  # without a newline at the end, 9 words
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "first.txt").write_text("of a command that was stopped")
    texts = grid_texts.Texts(tmp_path / "text.txt", words, 1, tmp_path / "texts")
    text = texts.of(None)
    lines = ["a b", "a c a", "", "b d b", "e"] * 3
    needed = next(n for n in range(len(lines)) if len(" ".join(lines[:n]).split()) >= words)
    assert text.path.read_text().splitlines() == lines[:needed]
    assert text.words == len(text.path.read_text().split())
    assert text.kind == ("first words" if words <= 9 else "repeated")
    counts = Counter(text.path.read_text().split()).values()
    assert texts.of(2).min_count == min(range(1, 20), key=lambda m: (abs(sum(c >= m for c in counts) - 2.0), -m))
    texts.close()
    assert not text.path.exists()


def test_a_text_without_words(tmp_path):
    (tmp_path / "text.txt").write_text("\n\n")
    with pytest.raises(InputError, match="no words"):
        grid_texts.count(tmp_path / "text.txt", 10)


@pytest.mark.parametrize(("words", "vocabulary"), [(1000, 250), (1003, 7), (25, 6), (2049, 500)])
def test_a_made_text_has_so_many_words(tmp_path, words, vocabulary):
    made_text.write(tmp_path / "text.txt", words, vocabulary, seed=1)
    text = (tmp_path / "text.txt").read_text()
    assert len(text.split()) == words
    assert len(set(text.split())) == vocabulary
    made_text.write(tmp_path / "again.txt", words, vocabulary, seed=1)
    assert (tmp_path / "again.txt").read_text() == text


def test_words_of_a_made_text_co_occur_by_topics(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(made_text, "TOPICS", 10)
    assert made_text.main([str(tmp_path / "text.txt"), "--words", "50k", "--vocabulary", "2k"]) == 0
    assert "50,000 words, 2,000 of them different" in capsys.readouterr().out
    lines = [[int(word[1:]) for word in line.split()] for line in (tmp_path / "text.txt").read_text().splitlines()]
    counts = Counter(word for line in lines for word in line)
    assert counts[0] > 5 * counts[20] > 5 * counts[400]
    most = [Counter(word % 10 for word in line).most_common(1)[0][1] / len(line) for line in lines]
    assert np.mean(most) > 0.5  # of independent words about a quarter
    assert made_text.main([str(tmp_path / "text.txt"), "--words", "1k", "--vocabulary", "1k"]) == 2
    assert "4 words of text for each" in capsys.readouterr().err


def test_quality_speed_is_deterministic(tmp_path):
    points = [{"name": name, "speed": s, "score": s / 1e7} for name, s in (("a", 1e6), ("a", 2e6), ("b", 4e5))]
    first = figures.quality_speed(points, tmp_path / "1.png").read_bytes()
    assert figures.quality_speed(points, tmp_path / "2.png").read_bytes() == first
