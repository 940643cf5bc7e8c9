"""Parts of a step: their gradients, joined, are those of the step."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.training.blocks import TokenWindow
from jaxw2v.training.model import Model
from jaxw2v.training.parts import Section, joined, part, sections
from jaxw2v.training.segment import gather
from jaxw2v.training.task import make_task
from tests.configs import hyperparameters_of, settings

V, D, PARTS, TOKENS = 31, 7, 3, 4
COUNTS = np.arange(V, 0, -1)
KINDS = {
    "span": {},
    "a window wider than a part": {"windows__window": 6},
    "window": {"negatives__shared_by": "window"},
    "pair": {"negatives__shared_by": "pair"},
    "contexts as input": {"negatives__shared_by": "window", "model__input": "context"},
    "CBOW": {"model__architecture": "cbow"},
    "paths": {"model__objective": "hierarchical_softmax"},
    "given pairs": {"negatives__shared_by": "pair"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_of_parts_joined_are_those_of_the_step(kind, key):
    small = {"windows__window": 2, "negatives__k": 3, "negatives__span": 2, "negatives__shared_samples": 3}
    config, given = settings(**small | KINDS[kind]), kind == "given pairs"
    task = make_task(config.model, config.windows, config.negatives, widest=config.windows.window, given=given)
    run = hyperparameters_of(config, COUNTS, COUNTS if given else None)
    ids_W = np.random.default_rng(1).integers(0, V, PARTS * TOKENS + 2 * task.widest).astype(np.int32)
    if given:
        ids_W += V * (np.arange(len(ids_W)) % 2).astype(np.int32)
    model = Model(*np.random.default_rng(2).normal(size=(2, V, D)).astype(np.float32))

    def gradients(model, pairs):
        rows = gather(model, pairs.inputs, pairs.outputs)
        return jax.grad(lambda *rows: task.objective.of_rows(*rows, pairs)[0], (0, 1))(*rows)

    @jax.jit
    def of_parts_and_of_the_step(key, model):
        step = task.draw(key, TokenWindow(jnp.asarray(ids_W), jnp.zeros_like(ids_W)), run)
        parts = [part(step, jnp.int32(r), TOKENS) for r in range(PARTS)]
        stacked = [jnp.stack(each) for each in zip(*(gradients(model, each) for each in parts))]
        return [joined(*each) for each in zip(stacked, sections(parts[0]))], gradients(model, step)

    for found, wanted in zip(*of_parts_and_of_the_step(key, jax.tree.map(jnp.asarray, model))):
        assert found.shape == wanted.shape
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


def test_shared_rows_are_added_up():
    """Two rows of its own and three of the parts that follow, the last of which reach beyond the last part."""
    rows_R = jnp.array([[1, 2, 3, 4, 5, 70], [10, 20, 30, 40, 50, 700]])
    assert joined(rows_R, [Section(2, 3), Section(1)]).tolist() == [1, 2, 3 + 10, 4 + 20, 5 + 30, 40, 50, 70, 700]
