"""Settings that nothing reads are refused when a user gives them; what is left to be understood is completed."""

import json
from types import SimpleNamespace

import pytest
import yaml

from jaxw2v.errors import InputError
from jaxw2v.launch import given
from jaxw2v.launch.completion import completed
from tests.command_line import COUNTED, REPOSITORY, SMALL, command, process, sweep, sweep_words, train, without, wrong
from tests.configs import compose

SHIPPED = sorted(path.stem for path in (REPOSITORY / "conf/sweep").glob("*.yaml"))


def given_text(place) -> str:
    return f"corpus.path={place / 'text.txt'}"


def test_a_path_alone_chooses_a_file(place, tmp_path):
    done = command(place, given_text(place), *SMALL, f"hydra.run.dir={tmp_path / 'run'}")
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert (result["corpus.source"], result["corpus.raw_words"]) == ("file", 6000)
    assert result["eval.similarity"] == []  # not the test sets of the default corpus
    assert result["train.epochs"] == 2


def test_a_path_beside_another_corpus_is_refused_before_any_download(place, tmp_path):
    for corpus in ("text8", "docstrings"):
        done = command(place, f"corpus={corpus}", given_text(place), *SMALL, f"hydra.run.dir={tmp_path / corpus}")
        wrong(done, f"{given_text(place)}: not used with corpus={corpus}; choose corpus=file or pairs, or leave it out")
        assert "reading the corpus" not in done.stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["corpus.packages=[numpy]"], "corpus.packages=[numpy]: not used with corpus=file; choose corpus=docstrings"),
        (["corpus.standard_library=false"], "not used with corpus=file"),
        (["corpus.url=http://localhost/t.zip"], "choose corpus=text8"),
        (["corpus=pairs", "negatives.shared_by=pair", "windows.window=2"], "windows.window=2: not used with"),
        (["corpus=pairs", "negatives.shared_by=pair", "corpus.normalize.lower=true"], "not used with corpus=pairs"),
        (["corpus=pairs", "negatives.shared_by=pair", "corpus.normalize={lower:true}"], "not used with corpus=pairs"),
        (["corpus=pairs", "negatives.shared_by=pair", "corpus.max_sentence=9"], "not used with corpus=pairs"),
        (["model.objective=hierarchical_softmax", "negatives.k=5"], "choose model.objective=negative_sampling"),
        (["model.objective=softmax", "negatives.exponent=1"], "not used with model.objective=softmax"),
        (["negatives.shared_by=pair", "negatives.shared_samples=9"], "choose negatives.shared_by=span"),
        (["negatives.k=0", "negatives.exponent=1"], "not used with negatives.k=0; choose negatives.k other than 0"),
        (["optimizer=sgd", "optimizer.initial_accumulator=1"], "choose optimizer=damped_sgd or rowwise_adagrad"),
        (["optimizer.transform=scale_by_adam"], "not used with optimizer=damped_sgd; choose optimizer=adam"),
        (["+optimizer.options.b1=0.5"], "+optimizer.options.b1=0.5: not used with optimizer=damped_sgd"),
        (["optimizer=adam", "++optimizer.max_row_move=1"], "not used with optimizer.name=optax"),
        (
            ["optimizer.schedule=constant", "optimizer.final_fraction=0"],
            "choose optimizer.schedule=linear, cosine or word2vec_c",
        ),
        (["model.pool=sum"], "not used with model.architecture=skipgram; choose model.architecture=cbow"),
        (["model.architecture=cbow", "model.input=center"], "choose model.architecture=skipgram"),
        (["model.memory=1"], "choose model.objective=softmax"),
        (["model.tied=true", "model.output_range=5"], "not used with model.tied=true; choose model.tied=false"),
        (["phrases.thresholds=[9]"], "not used with phrases=none; choose phrases=word2phrase or npmi"),
        (["phrases=npmi", "phrases.path=list.txt"], "not used with phrases=npmi; choose phrases=list"),
        (["baseline.shift=5"], "not used with baseline=none; choose baseline=svd or ppmi"),
        (["heldout.window=2"], "not used with train.heldout_fraction=0"),
        (["train.heldout_fraction=0.1", "heldout.method=expected", "heldout.samples=9"], "choose heldout.method=fixed"),
        (["eval.methods=[3cosmul]"], "not used with eval.analogies=[]; choose eval.analogies=[FILE]"),
        (["eval.case=exact"], "choose eval.similarity=[FILE] or eval.analogies=[FILE]"),
        (["eval.restrict_vocab=null"], "eval.restrict_vocab=null: not used with eval.analogies=[]"),
        (["vocab.grow=false"], "choose train.init_from=FOLDER"),
        (["train.checkpoint_every=0", "train.checkpoint_unit=segments"], "train.checkpoint_every other than 0"),
        (["train.device=cpu", "train.deterministic=true"], "not used with train.device=cpu"),
        (["windows.window=1", "windows.dynamic=false"], "windows.dynamic=false: not used with windows.window=1"),
        (["subsample.formula=paper"], "not used with subsample.threshold=0"),  # as SMALL has it
        (["launcher=joblib"], "launcher=joblib: not used without a sweep; choose -m or sweep=NAME"),
        (["launcher=population", "hydra.launcher.runs=2"], "not used without a sweep"),
        (["hydra.sweep.dir=here"], "hydra.sweep.dir=here: not used without a sweep; choose hydra.run.dir=FOLDER"),
    ],
)  # fmt: skip
def test_a_setting_that_nothing_reads(place, tmp_path, words, expected):
    if words[0] == "launcher=joblib":
        pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="the extra joblib is not installed")
    done = train(place, tmp_path / "run", *words)
    wrong(done, expected)
    assert "reading the corpus" not in done.stdout


@pytest.mark.parametrize("word", [*without(SMALL, *COUNTED), "optimizer=adam", "seed=2", "model.dtype=bfloat16"])
def test_a_baseline_does_not_train(place, tmp_path, word):
    done = train(place, tmp_path / "run", "baseline=svd", word, small=COUNTED)
    wrong(done, f"{word}: not used with baseline=svd; choose baseline=none, or leave it out")


def test_a_vocabulary_that_is_given_is_not_counted(place, tmp_path):
    (tmp_path / "counts.txt").write_text("w0 9\nw1 8\n")
    for word in ("vocab.min_count=2", "vocab.max_size=9"):
        done = train(place, tmp_path / "run", f"vocab.path={tmp_path / 'counts.txt'}", word, small=[])
        wrong(done, f"{word}: not used with vocab.path=", "choose vocab.path=null")


def test_steps_without_spans_need_not_be_whole_spans(place, tmp_path):
    for choice in ("model.objective=softmax", "model.objective=hierarchical_softmax"):
        assert compose(choice, "train.step_tokens=40").train.step_tokens == 40
    with pytest.raises(InputError, match=r"use a multiple of 32, the tokens of negatives\.span"):
        compose("train.step_tokens=40", "negatives.span=32")


def test_a_span_is_128_tokens_or_a_whole_step():
    for step, span in ((8, 8), (100, 100), (128, 128), (256, 128)):
        config = compose(f"train.step_tokens={step}")
        assert config.negatives.span_of(config.train.step_tokens) == span
    with pytest.raises(
        InputError, match=r"train\.step_tokens=200: use a multiple of 128, the tokens of negatives\.span"
    ):
        compose("train.step_tokens=200")


def test_what_a_preset_of_ones_own_fixes_may_be_unused(place, tmp_path):
    (tmp_path / "conf" / "experiment").mkdir(parents=True)
    (tmp_path / "conf" / "experiment" / "mine.yaml").write_text("# @package _global_\nmodel:\n  pool: sum\n")
    done = train(place, tmp_path / "run", "--config-dir", tmp_path / "conf", "experiment=mine")
    assert done.returncode == 0, done.stderr


def test_a_recorded_config_gives_nothing_and_names_no_group(place, trained, tmp_path):
    record = ["--config-path", trained.folder / ".hydra", f"hydra.run.dir={tmp_path / 'again'}"]
    wrong(process(place, *record, "corpus.packages=[numpy]"), "not used with corpus.source=file; choose corpus.source=")
    done = process(place, *record, "train.epochs=1")
    assert done.returncode == 0, done.stderr


# sweeps


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["negatives.k=1,5", "model.objective=softmax"], "negatives.k=1,5: not used with model.objective=softmax"),
        (["seed=1,2", "optimizer.transform=scale_by_rms"], "optimizer.transform=scale_by_rms: not used with"),
        (
            ["negatives.k=1,5", "model.objective=negative_sampling,hierarchical_softmax"],
            "jobs 2 and 4 would be the same run: negatives.k is not used with model.objective=hierarchical_softmax",
        ),
        (
            ["negatives.shared_by=pair,span", "negatives.span=32,64"],
            "the same run: negatives.span is not used",
        ),
        (["windows.window=1,2", "windows.dynamic=true,false"], "windows.dynamic is not used with windows.window=1"),
        (["seed=1,2", "hydra.run.dir=here"], "hydra.run.dir=here: not used in a sweep; choose hydra.sweep.dir=FOLDER"),
    ],
)
def test_a_sweep_over_what_nothing_reads_is_refused_before_the_first_job(place, tmp_path, words, expected):
    wrong(sweep(place, tmp_path / "sweep", "-m", *words), expected)
    assert not list(tmp_path.rglob("config.yaml"))


def test_a_sweep_of_seeds_of_a_baseline_alone_is_refused(place, tmp_path):
    small = without(sweep_words(place, tmp_path / "sweep"), *without(SMALL, *COUNTED))
    wrong(command(place, *small, "-m", "baseline=svd", "seed=1,2"), "seed=1,2: not used with baseline=svd")


def test_a_sweep_in_which_some_job_reads_a_setting_is_fine(place, tmp_path):
    words = [*sweep_words(place, tmp_path / "sweep"), "-m", "optimizer=sgd,damped_sgd", "optimizer.max_row_move=2"]
    done = command(place, *words, "train.epochs=1")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", SHIPPED)
def test_the_sweeps_of_conf_are_read(name):
    params = yaml.safe_load((REPOSITORY / f"conf/sweep/{name}.yaml").read_text())["hydra"]["sweeper"]["params"]
    words = [f"{key}={value}" for key, value in params.items()]
    searches = name == "search"
    values: list[list[str]] = [[]]
    for word in () if searches else words:
        key, _, choices = word.partition("=")
        values = [[*job, f"{key}={choice}"] for job in values for choice in str(choices).split(",")]
    jobs = [given.values_of(compose(*job)) for job in values if {f"seed={n}" for n in range(2, 6)}.isdisjoint(job)]
    given.refuse_unused_in_sweep(jobs, given.settings_given(words), searches=searches)


def test_a_search_may_propose_what_its_first_jobs_do_not_read():
    words = ["model.architecture=choice(skipgram,cbow)", "model.pool=choice(mean,sum)", "seed=1,2"]
    jobs = [given.values_of(compose("model.pool=sum"))]
    given.refuse_unused_in_sweep(jobs, given.settings_given(words), searches=True)
    with pytest.raises(InputError, match=r"model\.pool=choice\(mean,sum\): not used with model\.architecture=skipgram"):
        given.refuse_unused_in_sweep(jobs, given.settings_given(words[1:]), searches=True)


# what is left to be understood


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["corpus.path=T"], True),
        (["seed=1", "++corpus.path=T", "-m"], True),
        (["-m", "corpus.path=a,b"], True),
        (["corpus.path='a b=c'"], True),
        (["corpus.path=[a,b]", "experiment=textbook"], True),
        (["corpus.path=T", "sweep=models"], True),
        (["--config-dir", "no=where", "corpus.path=T"], False),  # so it will
        (["corpus.path=T", "corpus=text8"], False),
        (["corpus.path=T", "corpus@_global_=pairs"], False),
        (["corpus.path=T", "corpus.source=pairs"], False),
        (["--config-path", "RUN/.hydra", "corpus.path=T"], False),
        (["--config-path=RUN/.hydra", "corpus.path=T"], False),
        (["corpus.path=null"], False),
        (["~corpus.path"], False),
        (["seed=1"], False),
        (["corpus.path=a=b"], False),  # Hydra will say what is wrong
    ],
)
def test_a_corpus_that_is_left_to_be_understood(words, found):
    assert completed(words) == ([*["corpus=file"] * found, *words])


def test_a_preset_of_ones_own_chooses_the_corpus(tmp_path):
    (tmp_path / "experiment").mkdir()
    for name, text in (("given", "defaults:\n  - override /corpus: pairs\n"), ("other", "windows:\n  window: 3\n")):
        (tmp_path / "experiment" / f"{name}.yaml").write_text(f"# @package _global_\n{text}")
    for name, found in (("given", []), ("other", ["corpus=file"])):
        words = [f"--config-dir={tmp_path}", f"experiment={name}", "corpus.path=T"]
        assert completed(words) == [*found, *words]


# train.init_from


def test_a_run_that_starts_from_another_names_its_text_unless_it_is_the_same(place, trained, tmp_path):
    on = [f"train.init_from={trained.folder}", "model.dim=8", f"hydra.run.dir={tmp_path / 'run'}"]
    text = given_text(place)
    wrong(command(place, *on), f"trained on {text}, and this one has corpus=docstrings; name its text: {text} for the")
    done = command(place, *on, text, *without(SMALL, "model.dim"))
    assert done.returncode == 0, done.stderr
    assert "20 of 20 words are known there" in done.stdout


@pytest.mark.parametrize("name", ["vectors.bin", "glove.txt"])
def test_a_file_where_a_folder_is_wanted(place, trained, tmp_path, name):
    file = trained.folder / name if name == "vectors.bin" else tmp_path / name
    file.touch()
    done = train(place, tmp_path / "run", f"train.init_from={file}")
    wrong(done, f"train.init_from={file}: this is a file; name the folder of a finished run")
    assert (f"such as {trained.folder}" in done.stderr) == (name == "vectors.bin")


# commands and flags


def test_the_other_commands(place, tmp_path):
    for word in ("eval.oov=wrong", "figures=false", "vectors.formats=[txt]"):
        done = command(place, given_text(place), word, f"hydra.run.dir={tmp_path}", module="convergence")
        wrong(done, f"{word}: not used by this command")
    words = ["windows.window=2", "model.pool=sum"]
    wrong(command(place, given_text(place), *words, module="prepare"), "model.pool=sum: not used with")
    done = command(place, given_text(place), "windows.window=2", module="prepare")  # of the training that will follow
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("flag", ["--method 3cosmul", "--restrict-vocab all", "--oov wrong", "--sections"])
def test_a_flag_that_nothing_reads(place, trained, flag):
    words = [trained.folder / "vectors.bin", "--similarity", place / "pairs.tsv", *flag.split()]
    wrong(command(place, *words, module="evaluate"), f"{flag.split()[0]}: not used without --analogies")
    done = command(place, *words, "--analogies", place / "questions.txt", module="evaluate")
    assert done.returncode == 0, done.stderr


def test_flags_of_other_programs(tmp_path):
    words = [tmp_path / "text.txt", tmp_path / "v.bin"]
    for program, flag in (("gensim", "--binary"), ("word2vec", "--seed")):
        done = command(tmp_path, program, *words, flag, "1", module="benchmarks.baselines")
        wrong(done, f"{flag}: not used with {program}")


def test_words_that_are_no_settings_are_passed_over():
    words = [
        "--config-dir",
        "x",
        "-m",
        "experiment=tied",
        "hydra.run.dir=x",
        "eval=text8",
        "nonsense=1",
        "a=(",
        "~seed",
    ]
    assert given.settings_given(words) == []
    assert [each.name for each in given.settings_given(["negatives={k:1,span:2}"])] == ["negatives.k", "negatives.span"]
    assert SimpleNamespace(**given.settings_given(["seed=1,2"])[0]._asdict()) == SimpleNamespace(
        name="seed", word="seed=1,2", swept=True
    )
