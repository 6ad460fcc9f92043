"""What every known mistake, alone and beside every other one, would have returned.

A world is a set of stages done differently. All worlds of a question share one graph (see `stages`); the node of a part is looked up by
those changes that can reach it, and made only when somebody asks, so that thousands of pairs cost little more than the single mistakes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from itertools import chain, combinations
from typing import NamedTuple

import numpy as np

from backprop.diagnosis.catalogue import MISTAKES, Mistake, Way
from backprop.diagnosis.questions import COMPUTED, Question
from backprop.diagnosis.stages import Change, Function, Graph, full_name, needs, replaces

Changes = tuple[Change, ...]


class Variant(NamedTuple):
    """One mistake made in one way, in one set of layers; `reaching` are, for each part, those of its changes that can reach it."""

    id: str
    label: str
    changes: Changes
    within: float
    fitted: bool
    reaching: tuple[Changes, ...]


class Outcome(NamedTuple):
    """One mistake or two made together: their ids, how exactly they must match, whether a learning rate has to be found."""

    made: tuple[Variant, ...]
    ids: tuple[str, ...]
    within: float
    fitted: bool

    @property
    def label(self) -> str:
        """Ways and layers, so that two outcomes of the same ids can be told apart."""
        return " + ".join(v.label for v in self.made)


def outcome_of(*made: Variant) -> Outcome:
    """What these mistakes do together."""
    return Outcome(made, tuple(v.id for v in made), max(v.within for v in made), any(v.fitted for v in made))


class Worlds:
    """A question's graph, its right outcome, and the outcomes of single mistakes and of pairs."""

    def __init__(self, question: Question, layers: int, catalogue: Iterable[Mistake]) -> None:
        self.question, self.layers, self.catalogue = question, layers, tuple(catalogue)
        self.graph = Graph(question.stages(layers), _given_names(question, layers))
        self.results = question.results if layers == question.layers else tuple(f"new{k}" for k in range(1, layers + 1))
        self.right = self.graph.world((), self.results)
        self._nodes: dict[tuple[int, Changes], int] = {}

    @cached_property
    def variants(self) -> tuple[Variant, ...]:
        """Every mistake in every way that this question allows."""
        placed = [(mistake.id, *found) for mistake in self.catalogue for found in ways(mistake, self.question, self.graph, self.layers)]
        upstream = self._upstream(chain.from_iterable(changes for _, _, changes, _ in placed))
        made = (
            Variant(id, label, changes, way.within, way.fitted, tuple(tuple(c for c in changes if c.stage in up) for up in upstream))
            for id, label, changes, way in placed
        )
        return tuple(v for v in made if any(v.reaching))

    def _upstream(self, changes: Iterable[Change]) -> tuple[set[str], ...]:
        """For each part, every stage that can reach it in some world."""
        edges: dict[str, set[str]] = {}
        for stage, function in chain(self.graph.stages.items(), changes):
            edges.setdefault(stage, set()).update(self.graph.needed(stage, function))
        return tuple(_reached(result, edges) for result in self.results)

    @cached_property
    def singles(self) -> tuple[Outcome, ...]:
        return tuple(map(outcome_of, self.variants))

    @cached_property
    def pairs(self) -> tuple[Outcome, ...]:
        return tuple(outcome_of(*pair) for pair in combinations(self.variants, 2) if _compatible(*pair))

    def node(self, outcome: Outcome, part: int) -> int:
        """The node that holds what this outcome returns as this part."""
        made = outcome.made
        changes = made[0].reaching[part] if len(made) == 1 else made[0].reaching[part] + made[1].reaching[part]
        if not changes:
            return self.right[part]
        key = (part, changes)
        found = self._nodes.get(key)
        if found is None:
            found = self._nodes[key] = self.graph.world(changes, (self.results[part],))[0]
        return found


def _reached(start: str, edges: Mapping[str, set[str]]) -> set[str]:
    seen, open = set(), [start]
    while open:
        stage = open.pop()
        if stage not in seen:
            seen.add(stage)
            open.extend(edges.get(stage, ()))
    return seen


def worlds(question: Question, layers: int | None = None) -> Worlds:
    """The worlds of a question (of this depth, where the question takes any depth), from the catalogue as it is now."""
    return _worlds(question.id, question.layers if layers is None else layers, _Catalogue(tuple(MISTAKES.values())))


class _Catalogue:
    """A catalogue as a key: the same while it holds the same records."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        self.mistakes = mistakes

    def __hash__(self) -> int:
        return hash(tuple(map(id, self.mistakes)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Catalogue) and [*map(id, self.mistakes)] == [*map(id, other.mistakes)]


@lru_cache(maxsize=64)
def _worlds(question_id: str, layers: int, catalogue: _Catalogue) -> Worlds:
    return Worlds(COMPUTED[question_id], layers, catalogue.mistakes)


def _given_names(question: Question, layers: int) -> tuple[str, ...]:
    sizes = question.rectangles[0][0] if layers == question.layers else (3, *range(4, 5 + layers))
    return tuple(question.given(*question.probe(np.random.default_rng(0), sizes)))


def _compatible(v: Variant, w: Variant) -> bool:
    """Two mistakes can be made together unless they are one, or both put something in the same stage's place."""
    if v.id == w.id:
        return False
    return not any(c.stage == d.stage and replaces(c) and replaces(d) for c in v.changes for d in w.changes)


def ways(mistake: Mistake, question: Question, graph: Graph, layers: int) -> Iterator[tuple[str, Changes, Way]]:
    """The ways in which a mistake can be made in this question: a label, the changes, the way."""
    for number, way in enumerate(mistake.ways):
        if question.id in way.questions:
            for place, changes in _placed(way, graph, layers):
                yield f"{mistake.id}.{number}{place}", changes, way


def _placed(way: Way, graph: Graph, layers: int) -> Iterator[tuple[str, Changes]]:
    if not layers:
        yield "", tuple(Change(stage, f) for stage, f in way.changes.items())
        return
    possible = tuple(k for k in range(1, layers + 1) if _fits(way.changes, k, graph))
    for chosen in _sets(way.at, possible, layers):
        if chosen and set(chosen) <= set(possible):
            place = "@" + "".join(map(str, chosen))
            yield place, tuple(Change(f"{stage}{k}", f) for k in chosen for stage, f in way.changes.items())


def _sets(at: str | tuple[tuple[int, ...], ...], possible: tuple[int, ...], layers: int) -> Iterable[tuple[int, ...]]:
    """The sets of layers in which a way is made."""
    if not isinstance(at, str):
        return at
    if at == "all":
        return (possible,)
    if at not in ("each", "hidden"):
        raise ValueError(f"A way's `at` is 'each', 'all', 'hidden' or the sets of layers themselves, not {at!r}.")
    among = [k for k in possible if at == "each" or k < layers]
    return chain.from_iterable(combinations(among, n) for n in range(1, len(among) + 1))


def _fits(changes: Mapping[str, Function], k: int, graph: Graph) -> bool:
    """Whether layer k has these stages and everything that the changed ones need."""
    return all(
        f"{stage}{k}" in graph.stages and all(full_name(need, k, graph.known) for need in needs(f) if need != stage)
        for stage, f in changes.items()
    )
