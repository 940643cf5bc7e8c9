"""Hierarchical softmax against word2vec.c's own tree, and against products over paths, in float64."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.training import blocks, huffman, segment
from tests.loops import WINDOW, V, check_shared_out, check_step, neighbors

COUNTS = np.array([40, 25, 25, 9, 8, 5, 5, 5, 3, 1, 1])


def two_pointers(count_V):
    """(nodes, codes) of each word: CreateBinaryTree of word2vec.c, which walks up the sorted words and the nodes."""
    v = len(count_V)
    count = [*count_V.tolist(), *[10**15] * v]
    binary, parent = [0] * (2 * v), [0] * (2 * v)
    word, node = v - 1, v
    for made in range(v - 1):
        two = []
        for _ in range(2):
            if word >= 0 and count[word] < count[node]:
                two.append(word)
                word -= 1
            else:
                two.append(node)
                node += 1
        count[v + made] = count[two[0]] + count[two[1]]
        parent[two[0]] = parent[two[1]] = v + made
        binary[two[1]] = 1
    paths = []
    for start in range(v):
        at, nodes, codes = start, [], []
        while at != 2 * v - 2:
            codes.insert(0, binary[at])
            at = parent[at]
            nodes.insert(0, at - v)
        paths.append((nodes, codes))
    return paths


@pytest.mark.parametrize(
    "count_V",
    [
        COUNTS, np.array([3, 3]), np.ones(16, int), 2 ** np.arange(20)[::-1],
        np.sort(np.random.default_rng(0).zipf(1.4, 500))[::-1],
    ],
    ids=["ties", "two words", "equal", "a comb", "Zipf"],
)  # fmt: skip
def test_the_tree_is_that_of_word2vec_c(count_V):
    tree = huffman.build_tree(count_V)
    v = len(count_V)
    for word, (nodes, codes) in enumerate(two_pointers(count_V)):
        length = len(nodes)
        assert tree.node_VL[word, :length].tolist() == nodes
        assert tree.code_sign_VL[word, :length].tolist() == [1 - 2 * code for code in codes]
        assert (tree.node_VL[word, length:] == v).all()
        assert not tree.code_sign_VL[word, length:].any()
    assert (tree.code_sign_VL != 0).any(0).all()  # no longer than the longest


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.5])
def test_rounds_are_few_however_many_words_there_are(exponent):
    count_V = np.maximum(1, 1e9 / np.arange(1, 20_001) ** exponent).astype(np.int64)
    parent, _, rounds = huffman._join(count_V)
    assert len(rounds) <= 2 * np.log2(count_V.sum())
    assert [node for nodes in rounds for node in nodes] == list(range(len(count_V) - 1))
    assert (np.bincount(parent) == 2).all()


def loop(key, token_window, u, o, input):
    """(loss, pairs, gradients) of -log p(word | input), p the product over the nodes of the word's path."""
    paths = two_pointers(COUNTS)
    u, o, ids = np.asarray(u, np.float64), np.asarray(o, np.float64), np.asarray(token_window.ids_W)
    total, pairs, grad_u, grad_o = 0.0, 0, np.zeros_like(u), np.zeros_like(o)
    for at, other in neighbors(key, token_window, own=input == "context"):
        pairs += 1
        w = ids[other]
        for node, code in zip(*paths[ids[at]]):
            sigma = 1 / (1 + np.exp(-u[w] @ o[node]))
            total -= np.log(sigma if code == 0 else 1 - sigma)
            slope = sigma - (1 - code)  # word2vec.c: g = (1 - code - f) * alpha
            grad_u[w] += slope * o[node]
            grad_o[node] += slope * u[w]
    return total, pairs, grad_u, grad_o


@pytest.mark.parametrize("input", ["center", "context"])
def test_a_step_is_the_loop_over_the_nodes_of_paths(input, key, token_window, model):
    tree = jax.tree.map(jnp.asarray, huffman.build_tree(COUNTS))
    paths = huffman.draw_paths(key, token_window, tree, blocks.WindowSpec(WINDOW, WINDOW, True, input))
    expected = loop(key, token_window, *model, input)
    check_step(huffman.PATHS, paths, model, *expected)
    check_shared_out(paths, expected[1])


def test_the_probabilities_of_all_words_sum_to_one(model):
    tree = jax.tree.map(jnp.asarray, huffman.build_tree(COUNTS))
    inputs = jnp.broadcast_to(jnp.arange(V, dtype=jnp.int32), (V, V))  # every word from every word
    paths = huffman.Paths(inputs, tree.node_VL, jnp.ones((V, V)), tree.code_sign_VL)
    x = huffman.PATHS.logits(*segment.gather(model, paths.inputs, paths.outputs), paths)
    one = jnp.eye(V)

    def loss(word, w):
        return huffman.PATHS.loss(x, paths._replace(pair_TC=one[word][:, None] * one[w][None]))

    loss_VV = np.array([[float(loss(word, w)) for w in range(V)] for word in range(V)])
    np.testing.assert_allclose(np.exp(-loss_VV).sum(0), 1, rtol=1e-5)
