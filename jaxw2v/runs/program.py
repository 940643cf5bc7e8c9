"""The compiled program of runs side by side, and the segments that it trains on. Where jit and donation stand."""

import operator
import time
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, PartitionSpec

from jaxw2v.checkpoints import warm_start
from jaxw2v.checkpoints.finished import WarmStart
from jaxw2v.hosts import orders
from jaxw2v.hosts.processes import ALONE, Processes
from jaxw2v.runs import memory, parted, platforms, tables, traced, trainers
from jaxw2v.runs.rounds import Rounds
from jaxw2v.settings.config import Config
from jaxw2v.text.corpus import Corpus
from jaxw2v.training import mesh as meshes
from jaxw2v.training import population, replicas, storage
from jaxw2v.training.mesh import REPLICAS
from jaxw2v.training.model import Model
from jaxw2v.training.segment import Info, State

_KEPT = 4  # compiled programs, by a process
_compiled: dict[Any, jax.stages.Compiled] = {}


class Program:
    """R runs of one compiled program over one text; see `population`.

    Attributes:
      configs: of the runs, complete.
      corpus: the text that they train on.
      mesh: of the devices; see `mesh`.
      replicas: of the tables; see `replicas`.
      rounds: on which segments of the text it is trained.
      compilation: seconds that it took to compile.
    """

    def __init__(
        self,
        configs: Sequence[Config],
        corpus: Corpus,
        mesh: Mesh,
        start: WarmStart | None = None,
        processes: Processes = ALONE,
    ):
        """Nothing is compiled and no table is made yet.

        Args:
          configs: checked, R of them; what `trainer.make_trainer` takes, but for the window, is the same in all.
          corpus: encoded.
          mesh: from `choose_mesh`.
          start: what the tables begin with; its arrays are taken out by `init`.
          processes: that train together, each with its part of the mesh.

        Raises:
          InputError: the optimizer cannot be made, or there is too little memory for the full softmax.
        """
        platform = mesh.devices.flat[0].platform
        configs = [platforms.complete(trainers.complete(each, corpus), platform) for each in configs]
        config, words = configs[0], len(corpus.vocabulary.words)
        self.configs, self.corpus, self.mesh, self._start = configs, corpus, mesh, start
        self._processes = processes
        self.replicas, self._many = mesh.shape[REPLICAS], len(configs) > 1
        tables.check_memory(config, words)
        self._trainer = trainers.make_trainer(configs, corpus)
        self._copies = replicas.make_replicas(self._trainer.train_segment, mesh)
        self._keep = jax.jit(self._copies.keep)
        self._seen = jax.jit(lambda info: info, out_shardings=meshes.lying(mesh, PartitionSpec()))  # by all processes
        self._everywhere, self._apart = (meshes.lying(mesh, PartitionSpec(*axes)) for axes in ((), (REPLICAS,)))
        self._keys = meshes.lying(mesh, meshes.spec_by_replica(self._many))
        self._join: Callable[[Any], Any] = population.stack if self._many else operator.itemgetter(0)
        self._hyperparameters = meshes.put_all(
            self._join([trainers.hyperparameters(each, corpus) for each in configs]),
            meshes.lying(mesh, meshes.spec_of_runs(self._many)),
        )
        keys = [jax.random.split(jax.random.key(each.seed)) for each in configs]
        self._init_keys = self._join([key[0] for key in keys])
        self._text_keys = [key[1] if start is None else warm_start.fold_in(key[1], start) for key in keys]
        self.rounds = Rounds(config, corpus, self.replicas)
        self._sent: tuple[int, tuple] | None = None  # a round, and what of its arguments is on the devices
        self.compilation = 0.0
        self._train_segment: jax.stages.Compiled | None = None

    def init(self) -> State:
        """The state before the first step, on the devices.

        Raises:
          InputError: there is no room for it and what training takes besides.
        """
        config, words = self.configs[0], len(self.corpus.vocabulary.words)
        contexts = self.corpus.contexts and len(self.corpus.contexts.words)
        shapes = jax.eval_shape(lambda key: self._trainer.init(key, words, contexts), self._init_keys)
        lying = meshes.state_lying(self.mesh, shapes, self._many)
        own = jax.tree.map(lambda x, on: jax.ShapeDtypeStruct(on.shard_shape(x.shape), x.dtype), shapes, lying)
        widest = max(each.windows.window for each in self.configs)
        memory.refuse_too_much(own, self.mesh, self.rounds.room, words, config, widest, len(self.configs))
        init = jax.jit(self._trainer.init, static_argnums=(1, 2), out_shardings=lying)  # each device its own part
        state = init(self._init_keys, words, contexts)
        if self._start is not None:
            state = warm_start.take_over(self._start, state, self.corpus, len(self.configs))
        return jax.tree.map(meshes.put, state, lying)

    @property
    def is_compiled(self) -> bool:
        """Whether `train_segment` can be called."""
        return self._train_segment is not None

    def compile(self, state: State, number: int = 0) -> None:
        """Compiles the program for this state, which stays as it is, and sends round `number`, the first to be trained.

        Raises:
          InputError: the program says that it takes more memory than is free.
        """
        self.send(number)
        begin = time.perf_counter()
        arguments, sections = self._arguments(number, state), [_traced_from(each) for each in self.configs]
        out_tree = jax.tree.structure((state, Info._make(Info._fields)))
        made_from = (sections, self.corpus.contexts is None, self.mesh)
        lowered = traced.lower(self._copies.train_segment, 1, arguments, out_tree, made_from)
        compiled = _compile(lowered, tuple(self.mesh.devices.flat), self.configs[0].train.deterministic)
        memory.refuse_program(compiled, self.mesh, self.configs[0])
        self._train_segment = compiled
        self.compilation = time.perf_counter() - begin

    def as_text(self) -> str:
        """The text of the compiled program."""
        assert self._train_segment is not None
        return self._train_segment.as_text() or ""

    def train_segment(self, number: int, state: State) -> tuple[State, Info]:
        """The state after round `number`, from 0, and what there is to see of it; `state` is used up."""
        assert self._train_segment is not None
        state, info = self._train_segment(*self._arguments(number, state))
        return state, info if self._processes.count == 1 else self._seen(info)

    def readable(self, state: State) -> State:
        """The state with all of it in reach of process 0, in the host's memory where parts lie with other processes."""
        if self._processes.count == 1:
            return state
        if self._processes.leads:
            orders.give(self._processes, orders.SEND)
        return parted.gathered(state, self._processes)

    def send(self, number: int) -> None:
        """Cuts the segments of round `number` and sends them to the devices, where `train_segment` finds them."""
        if number < len(self.rounds) and (self._sent is None or self._sent[0] != number):
            self._sent = number, self._of_round(number)

    def _arguments(self, number: int, state: State) -> tuple:
        self.send(number)
        assert self._sent is not None
        key, raw_RN, start, end = self._sent[1]
        return key, state, self._keep(state), self._hyperparameters, raw_RN, start, end

    def _of_round(self, number: int) -> tuple:
        """What a round takes besides the state: keys, ids, and the fractions of all words seen before and after."""
        rounds, epoch = self.rounds, self.rounds.epoch(number)
        seen = (rounds.seen_before(number), rounds.seen_before(number + 1))
        key = jnp.stack(
            [
                self._join([jax.random.fold_in(jax.random.fold_in(key, epoch), s) for key in self._text_keys])
                for s in rounds.segments(number)
            ]
        )
        start, end = meshes.put_all(tuple(np.float32(each) for each in seen), self._everywhere)
        if self._apart.is_fully_addressable:
            raw_RN = jax.device_put(rounds.pieces(number), self._apart)
        else:  # each process reads what its own devices train on
            shape, own = (self.replicas, rounds.capacity), lambda index: rounds.pieces(number, index[0])
            raw_RN = jax.make_array_from_callback(shape, self._apart, own)
        return meshes.put(key, self._keys), raw_RN, start, end

    def model(self, state: State, r: int) -> Model:
        """The tables of run r, in the host's memory."""
        return jax.tree.map(storage.values_on_host, population.alone(state.model, r, len(self.configs)))


def _traced_from(config: Config) -> tuple:
    """The settings that the program is made from; see `trainers.make_trainer`."""
    return config.model, config.windows, config.negatives, config.optimizer, config.train


def _compile(lowered: jax.stages.Lowered, devices: tuple[jax.Device, ...], deterministic: bool) -> jax.stages.Compiled:
    """The program, compiled; jobs of a sweep that one process does one after another often have the same."""
    key = lowered.as_text(), lowered.in_tree, devices, deterministic  # what the program drops is in the tree alone
    if key not in _compiled:
        while len(_compiled) >= _KEPT:
            _compiled.pop(next(iter(_compiled)))  # the oldest
        _compiled[key] = lowered.compile(compiler_options={"xla_gpu_deterministic_ops": deterministic})
    return _compiled[key]
