"""Hierarchical softmax: a word is predicted by the code of its path in a Huffman tree (Morin and Bengio 2005)."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxw2v.training.blocks import (
    Block,
    TokenWindow,
    WindowSpec,
    neighbor_ids,
    tokens_and_partners,
)
from jaxw2v.training.loss import Objective, block_logits, block_loss
from jaxw2v.training.parts import part, positive_pairs


class Tree(NamedTuple):
    """The paths from the root to V words, filled up to the longest (axis L).

    Attributes:
      node_VL: int32, the inner nodes, which have rows 0 to V - 2 of the output table; V is no node.
      code_sign_VL: int8, 1 for code 0, -1 for code 1, 0 beyond the path's end.
    """

    node_VL: jax.Array | np.ndarray
    code_sign_VL: jax.Array | np.ndarray


def build_tree(count_V: np.ndarray) -> Tree:
    """The Huffman tree of the words' counts: frequent words have short paths, log2 V and fewer nodes on average.

    The rarer branch of a node has code 0. Node V - 2, made last, is the root. Of equal counts nodes go before words,
    the earlier node and the later word first: codes are those of word2vec.c for the same order of words.

    Args:
      count_V: [V] counts in descending order, V at least 2. Where they are in another, as with `</s>` for the first
        word, the tree is no longer the best one, but still that of word2vec.c, which takes words as they stand.
    """
    v = len(count_V)
    count_V = np.asarray(count_V, np.int64)
    is_sorted = not (np.diff(count_V) > 0).any()
    parent, code, rounds = _join(count_V) if is_sorted else _join_as_they_stand(count_V)
    depth = np.zeros(2 * v - 1, np.int32)
    for nodes in reversed(rounds):  # a node's parent was made in a later round
        made = np.arange(v + nodes.start, min(v + nodes.stop, 2 * v - 2))  # but for the root
        depth[made] = depth[v + parent[made]] + 1
    depth[:v] = depth[v + parent[:v]] + 1
    longest = int(depth[:v].max())
    node_VL, code_sign_VL = np.full((v, longest), v, np.int32), np.zeros((v, longest), np.int8)
    flat, child = np.arange(v) * longest + depth[:v] - 1, np.arange(v)
    while child.size:  # all words climb together
        up = parent[child]
        node_VL.reshape(-1)[flat], code_sign_VL.reshape(-1)[flat] = up, 1 - 2 * code[child]
        onward = up != v - 2  # the root
        flat, child = flat[onward] - 1, v + up[onward]
    return Tree(node_VL, code_sign_VL)


def _join(count_V: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[range]]:
    """The parent and the code of the words and then of the nodes, but for the root; and the nodes of each round.

    A round joins by twos all that is rarer than the first node it makes: these come before every node that is yet to be
    made, so that they meet as they would one by one. The rarest count more than doubles in two rounds, which are few.
    """
    v = len(count_V)
    parent, code = np.zeros(2 * v - 2, np.int32), np.zeros(2 * v - 2, np.int8)
    words = v - 1 - np.argsort(count_V[::-1], kind="stable")  # the rarest first; of equal ones the later
    count_of = np.concatenate([count_V[words], np.zeros(v - 1, np.int64)])  # of the words in this order, then of nodes
    child_of = np.concatenate([words, np.arange(v, 2 * v - 1)])
    word, node, made, rounds = 0, v, v, list[range]()  # the next of each, and that to be made
    while made < 2 * v - 1:
        first = np.concatenate([count_of[node : min(node + 2, made)], count_of[word : min(word + 2, v)]])
        bound = np.sort(first)[:2].sum()
        nodes = np.arange(node, node + np.searchsorted(count_of[node:made], bound))
        more = np.arange(word, word + np.searchsorted(count_of[word:v], bound))
        both = np.concatenate([nodes, more])
        both = both[np.argsort(count_of[both], kind="stable")]  # of equal ones nodes first
        both = both[: len(both) // 2 * 2]
        pairs = len(both) // 2
        node, word = node + int((both >= v).sum()), word + int((both < v).sum())
        children = child_of[both]
        parent[children] = np.repeat(np.arange(made - v, made - v + pairs), 2)
        code[children] = np.tile(np.array([0, 1], np.int8), pairs)
        count_of[made : made + pairs] = count_of[both].reshape(-1, 2).sum(axis=1)
        rounds.append(range(made - v, made - v + pairs))
        made += pairs
    return parent, code, rounds


def _join_as_they_stand(count_V: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[range]]:
    """The same as `_join`, one node after another: a word waits for those that stand behind it."""
    v = len(count_V)
    count_of = [*count_V.tolist(), *[0] * (v - 1)]
    parent, code = np.zeros(2 * v - 2, np.int32), np.zeros(2 * v - 2, np.int8)
    word, node = v - 1, v
    for made in range(v, 2 * v - 1):
        for side in (0, 1):
            if word >= 0 and (node == made or count_of[word] < count_of[node]):
                child, word = word, word - 1
            else:
                child, node = node, node + 1
            count_of[made] += count_of[child]
            parent[child], code[child] = made - v, side
    return parent, code, [range(i, i + 1) for i in range(v - 1)]


class Paths(NamedTuple):
    """Blocks, one a predicted word: C input rows against the L nodes on its path.

    A node with code 0 counts as observed, with code 1 as noise: a word's probability is the product of
    s(+-v_w . v_node), and these sum to 1.

    Attributes:
      inputs: [T, C] int32 ids of input rows.
      outputs: [T, L] int32 rows of the nodes; V is none.
      pair_TC: float32, how often each input counts.
      code_sign_TL: int8, as in the tree.
    """

    inputs: jax.Array
    outputs: jax.Array
    pair_TC: jax.Array
    code_sign_TL: jax.Array

    @property
    def block(self) -> Block:
        """The same pairs with their weights written out."""
        code_sign_T1L = self.code_sign_TL[:, None, :]
        pair_TC1 = self.pair_TC[:, :, None]
        positive_TCL, negative_TCL = (
            jnp.where(taken, pair_TC1, 0.0) for taken in (code_sign_T1L > 0, code_sign_T1L < 0)
        )
        return Block(self.inputs, self.outputs, positive_TCL, negative_TCL)


def draw_paths(key: jax.Array, token_window: TokenWindow, tree: Tree, windows: WindowSpec) -> Paths:
    """The paths of a text's words and who predicts them.

    Args:
      key: PRNG key; consumed.
      token_window: the text.
      tree: of its words.
      windows: how windows are drawn. With contexts as input each predicts its center, as in word2vec.c; with centers as
        input, each of the centers that have the word in their windows.
    """
    word_T, pair_OT = tokens_and_partners(key, token_window, windows, own=windows.input == "context")
    inputs, (node_VL, code_sign_VL) = neighbor_ids(token_window, windows.widest), map(jnp.asarray, tree)
    node_TL = node_VL.at[word_T].get(mode="fill", fill_value=len(node_VL))
    return Paths(inputs, node_TL, pair_OT.T, code_sign_VL.at[word_T].get(mode="fill", fill_value=0))


@part.register
def _(drawn: Paths, step: jax.Array, tokens: int) -> Paths:
    return jax.tree.map(lambda array: jax.lax.dynamic_slice_in_dim(array, step * tokens, tokens), drawn)


@positive_pairs.register
def _(drawn: Paths) -> jax.Array:
    """Of words, not of nodes."""
    return drawn.pair_TC.sum()


PATHS = Objective(
    lambda inputs, outputs, paths: block_logits(inputs, outputs),
    lambda x_TCL, paths: block_loss(x_TCL, paths.block),
)
