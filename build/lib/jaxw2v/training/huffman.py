"""Hierarchical softmax: a word is predicted by the code of its path in a Huffman tree (Morin and Bengio 2005)."""

import heapq
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxw2v.training.blocks import (
    Block,
    TokenWindow,
    WindowSpec,
    neighbor_ids,
    part,
    positive_pairs,
    tokens_and_partners,
)
from jaxw2v.training.loss import Objective, block_logits, block_loss


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
      count_V: [V] positive counts in descending order, V at least 2.
    """
    v = len(count_V)
    heap = [(int(count), 1, -word) for word, count in enumerate(count_V)]
    heapq.heapify(heap)
    parent, code = np.zeros(2 * v - 2, np.int64), np.zeros(2 * v - 2, np.int8)  # words, then nodes but for the root
    for node in range(v - 1):
        rare, frequent = heapq.heappop(heap), heapq.heappop(heap)
        for bit, (_, is_word, number) in enumerate((rare, frequent)):
            child = -number if is_word else v + number
            parent[child], code[child] = node, bit
        heapq.heappush(heap, (rare[0] + frequent[0], 0, node))
    depth = np.zeros(2 * v - 1, np.int64)
    for child in reversed(range(v, 2 * v - 2)):  # a node's parent was made after it
        depth[child] = depth[v + parent[child]] + 1
    depth[:v] = depth[v + parent[:v]] + 1
    longest = int(depth[:v].max())
    node_VL, code_sign_VL = np.full((v, longest), v, np.int32), np.zeros((v, longest), np.int8)
    at = np.arange(v)
    for _ in range(longest):  # all words climb together
        words = np.flatnonzero(at < 2 * v - 2)
        children = at[words]
        place = depth[children] - 1
        node_VL[words, place] = parent[children]
        code_sign_VL[words, place] = 1 - 2 * code[children]
        at[words] = v + parent[children]
    return Tree(node_VL, code_sign_VL)


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
