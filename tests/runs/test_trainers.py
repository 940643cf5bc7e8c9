"""What of the settings depends on the text."""

import numpy as np
import pytest

from jaxw2v.errors import InputError
from jaxw2v.runs import trainers
from jaxw2v.text.corpus import Corpus
from jaxw2v.text.vocabulary import Vocabulary
from jaxw2v.training.schedules import default_learning_rate
from tests.configs import compose, hyperparameters_of, section


def corpus_of(words: int) -> Corpus:
    return Corpus(np.zeros(0, np.int32), Vocabulary(["a", "b"], np.array([3, 2])), "", words, words, 1)


def test_few_words_have_a_higher_learning_rate_between_bounds():
    assert default_learning_rate(10**9) == default_learning_rate(25_000_000) == 0.04
    assert default_learning_rate(25_000_000 // 4) == pytest.approx(0.04 * 4**0.25)
    assert default_learning_rate(1000) == default_learning_rate(0) == 0.06


def test_the_words_of_all_epochs_count():
    config = compose("train.epochs=5")
    assert config.optimizer.learning_rate is None
    assert trainers.complete(config, corpus_of(5_000_000)).optimizer.learning_rate == 0.04
    assert trainers.complete(config, corpus_of(1_250_000)).optimizer.learning_rate == pytest.approx(0.04 * 4**0.25)


def test_a_learning_rate_that_is_given_stays():
    config = compose("optimizer.learning_rate=0.01")
    assert trainers.complete(config, corpus_of(5)) is config


@pytest.mark.parametrize("name", ["sgd", "rowwise_adagrad", "optax"])
def test_only_damped_sgd_finds_one(name):
    with pytest.raises(InputError, match=rf"^optimizer\.learning_rate=null: {name} needs a number, such as 0\.025"):
        section("optimizer", name=name, learning_rate=None)


def test_hyperparameters_need_a_number():
    with pytest.raises(ValueError, match="the learning rate is null"):
        trainers.hyperparameters(compose(), corpus_of(5))
    assert float(hyperparameters_of(compose(), np.array([3, 2])).learning_rate) == pytest.approx(0.04)
