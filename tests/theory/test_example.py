import jax
import numpy as np
import pytest

from jaxw2v.theory import example, one_pair


def test_a_step_changes_the_rows_of_its_pair_by_the_papers_gradient(key):
    one = example.train_on(key, "negative_sampling", 50, 6, 3, word=4, context=9, learning_rate=0.5)
    assert len(one.outputs) == 4
    assert one.outputs[0] == 9
    u, rows = one.before.input_VD[4], one.before.output_VD[one.outputs]
    gradient = one_pair.negative_sampling_gradient(u, jax.numpy.asarray(rows))
    np.testing.assert_allclose(one.after.input_VD[4] - u, -0.5 * gradient.word_D, rtol=1e-4, atol=1e-6)
    expected = one.before.output_VD.copy()
    np.add.at(expected, one.outputs, -0.5 * np.asarray(gradient.output))
    np.testing.assert_allclose(one.after.output_VD, expected, rtol=1e-5, atol=1e-6)
    assert example.changed(one.before.input_VD, one.after.input_VD) == (1, 6)


def test_a_softmax_changes_every_output_row(key):
    one = example.train_on(key, "softmax", 50, 6, 3, word=4, context=9, learning_rate=0.5)
    gradient = one_pair.softmax_gradient(one.before.input_VD[4], jax.numpy.asarray(one.before.output_VD), 9)
    np.testing.assert_allclose(one.after.output_VD - one.before.output_VD, -0.5 * gradient.output, rtol=1e-5, atol=1e-6)
    assert example.changed(one.before.output_VD, one.after.output_VD)[0] == 50
    assert example.changed(one.before.input_VD, one.after.input_VD)[0] == 1


def test_changes_are_counted():
    before = np.zeros((3, 2))
    assert example.changed(before, before) == (0, 0)
    assert example.changed(before, np.array([[0, 1], [0, 0], [2, 3]])) == (2, 3)


def test_operations_are_at_least_those_of_the_products():
    assert example.operations("softmax", 200, 8, 0) > 2 * 200 * 8
    small, large = (example.operations("negative_sampling", words, 8, 3) for words in (200, 2000))
    assert small == pytest.approx(large, rel=0.01)
    assert small > 2 * 4 * 8
