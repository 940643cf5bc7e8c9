import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxw2v.training import rows, storage

V, D, M = 11, 7, 9
ROWS = jnp.array([3, 0, 3, 10, 5, 3, 0, V, 7], jnp.int32)  # repeats, and one that is no row


@pytest.fixture(autouse=True)
def _optax_promotes():
    """optax itself mixes int32 counts and Python floats."""
    with jax.numpy_dtype_promotion("standard"):
        yield


@pytest.fixture
def table():
    return jnp.asarray(np.random.default_rng(0).normal(size=(V, D)), jnp.float32)


@pytest.fixture
def grad():
    return jnp.asarray(np.random.default_rng(1).normal(size=(M, D)), jnp.float32)


def dense(grad):
    """The gradient of the whole table."""
    total = np.zeros((V, D))
    for row, g in zip(ROWS.tolist(), np.asarray(grad, np.float64)):
        if row < V:
            total[row] += g
    return total


def test_sgd(table, grad):
    found, _ = rows.sgd().update(table, (), ROWS, grad, jnp.float32(0.1))
    np.testing.assert_allclose(found, table - 0.1 * dense(grad), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("initial", [1e-6, 0.5, 1e4])
def test_rowwise_adagrad_over_two_steps(initial, table, grad):
    optimizer = rows.rowwise_adagrad(initial)
    state, sums, expected = optimizer.init(table), np.zeros(V), np.asarray(table, np.float64)
    found = table
    for scale in (1.0, -0.5):
        found, state = optimizer.update(found, state, ROWS, scale * grad, jnp.float32(0.1))
        for row, g in zip(ROWS.tolist(), scale * np.asarray(grad, np.float64)):
            if row < V:
                sums[row] += np.mean(g**2)
        expected = expected - 0.1 / np.sqrt(initial + sums)[:, None] * scale * dense(grad)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(state, sums, rtol=1e-5)


def test_damped_sgd_is_sgd_until_a_row_has_moved(table, grad):
    optimizer = rows.damped_sgd(1e12)
    found, _ = optimizer.update(table, optimizer.init(table), ROWS, grad, jnp.float32(0.1))
    plain, _ = rows.sgd().update(table, (), ROWS, grad, jnp.float32(0.1))
    np.testing.assert_allclose(found, plain, rtol=1e-6)
    initial = 2.0
    optimizer = rows.damped_sgd(initial)
    state = optimizer.init(table) + initial  # a row whose sum is the initial one has its step divided by sqrt(2)
    found, _ = optimizer.update(table, state, ROWS, 1e-4 * grad, jnp.float32(0.1))
    np.testing.assert_allclose(found - table, -0.1 * 1e-4 * dense(grad) / np.sqrt(2), rtol=1e-2, atol=2e-7)


@pytest.mark.parametrize(
    "transform", ["scale_by_adam", "scale_by_rms", "scale_by_rss", "scale_by_lion", "scale_by_amsgrad", "momentum"]
)
def test_lifted_is_optax_itself_where_every_row_is_touched(transform, table):
    transformation = optax.trace(0.9) if transform == "momentum" else getattr(optax, transform)()
    lifted = rows.lift(transformation)
    everywhere = jnp.concatenate([jnp.arange(V), jnp.arange(V)]).astype(jnp.int32)
    found, state = table, lifted.init(table)
    expected, expected_state = table, transformation.init(table)
    for i in range(3):
        grad = jnp.asarray(np.random.default_rng(i).normal(size=(2 * V, D)), jnp.float32)
        found, state = lifted.update(found, state, everywhere, grad, jnp.float32(0.1))
        update, expected_state = transformation.update(grad[:V] + grad[V:], expected_state, expected)
        expected = expected - 0.1 * update
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_lifted_leaves_untouched_rows_and_their_state_alone(table, grad):
    lifted = rows.lift(optax.scale_by_adam())
    state = lifted.init(table)
    first, state = lifted.update(table, state, ROWS, grad, jnp.float32(0.1))
    second, after = lifted.update(first, state, ROWS[:1], grad[:1], jnp.float32(0.1))
    touched = sorted({row for row in ROWS.tolist() if row < V})
    untouched = [row for row in range(V) if row not in touched]
    assert (first[np.array(untouched)] == table[np.array(untouched)]).all()
    assert (first[np.array(touched)] != table[np.array(touched)]).all()
    assert (second[np.array([0, 10, 5])] == first[np.array([0, 10, 5])]).all()
    assert (after.mu[np.array([0, 10, 5])] == state.mu[np.array([0, 10, 5])]).all()
    # a mention with a gradient of exactly 0 is no touch: momentum does not move the row
    third, _ = lifted.update(second, after, ROWS[:1], jnp.zeros((1, D)), jnp.float32(0.1))
    assert (third == second).all()


@pytest.mark.parametrize("transform", ["scale_by_trust_ratio", "normalize_by_update_norm", "centralize"])
def test_what_is_not_elementwise_is_refused(transform):
    with pytest.raises(ValueError, match="more than one number at a time"):
        rows.lift(getattr(optax, transform)())


def test_sum_mentions(grad):
    unique_M, sum_MD = storage.sum_mentions(ROWS, grad, V)
    found = np.zeros((V + 1, D))
    for row, total in zip(np.asarray(unique_M), np.asarray(sum_MD)):
        found[row] += total
    np.testing.assert_allclose(found[:V], dense(grad), rtol=1e-5, atol=1e-6)
    real = [row for row in unique_M.tolist() if row < V]
    assert sorted(real) == sorted(set(real))


@pytest.mark.parametrize("name", ["sgd", "damped_sgd", "lift"])
def test_sums_in_order_make_the_same_update(name, table, grad):
    make = {"sgd": rows.sgd, "damped_sgd": lambda **of: rows.damped_sgd(1.0, max_row_move=0.2, **of)}
    make["lift"] = lambda **of: rows.lift(optax.scale_by_adam(), **of)
    ends = []
    for in_order in (False, True):
        optimizer = make[name](in_order=in_order)
        found, state = table, optimizer.init(table)
        for scale in (1.0, -0.5):
            found, state = optimizer.update(found, state, ROWS, scale * grad, jnp.float32(0.1))
        ends.append((found, state))
    jax.tree.map(lambda one, other: np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6), *ends)


@pytest.mark.parametrize("name", ["sgd", "damped_sgd", "lift"])
def test_no_table_is_copied(name):
    """In a donated loop; V and D such that no other array has the table's shape."""
    v, d, m = 977, 13, 64
    optimizer = {
        "sgd": rows.sgd,
        "damped_sgd": lambda: rows.damped_sgd(1.0),
        "lift": lambda: rows.lift(optax.scale_by_adam()),
    }[name]()

    def steps(table, state, ids, grad):
        def body(i, carry):
            return optimizer.update(*carry, ids + i, grad, jnp.float32(0.1))

        return jax.lax.fori_loop(0, 5, body, (table, state))

    table = jnp.zeros((v, d))
    ids = jnp.zeros(m, jnp.int32)
    text = (
        jax.jit(steps, donate_argnums=(0, 1))
        .lower(table, optimizer.init(table), ids, jnp.zeros((m, d)))
        .compile()
        .as_text()
    )
    assert f"f32[{v},{d}]" in text
    copies = [line for line in text.splitlines() if f"= f32[{v},{d}]" in line and " copy(" in line]
    assert not copies


def test_damped_sgd_moves_no_row_farther_than_max_row_move():
    table, grad = jnp.zeros((V, 2)), jnp.array([[3.0, 4.0], [0.3, 0.4]])
    optimizer = rows.damped_sgd(1e6, max_row_move=1.5)
    moved, _ = optimizer.update(table, optimizer.init(table), jnp.array([1, 2]), grad, jnp.float32(1))
    np.testing.assert_allclose(moved[1], -1.5 * grad[0] / 5, rtol=1e-5)
    np.testing.assert_allclose(moved[2], -grad[1], rtol=1e-5)


def test_accumulators_age_by_half_lives_and_stay_bounded(table):
    state = jnp.full(len(table), 8.0)
    for make in (rows.damped_sgd, rows.rowwise_adagrad):
        optimizer = make(1.0, half_life=100.0)
        np.testing.assert_allclose(optimizer.age(state, jnp.int32(200)), state / 4, rtol=1e-6)
        assert make(1.0).age(state, jnp.int32(200)) is state
    assert rows.sgd().age((), jnp.int32(200)) == ()
    for _ in range(200):  # a gradient of 1 a word: without aging 10,000
        state = optimizer.age(state, jnp.int32(50)) + 50
    assert float(state.max()) < 50 / (1 - 2**-0.5) + 1e-3
