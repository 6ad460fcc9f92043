"""What every known mistake, alone and beside every other one, would have returned.

A world is a set of stages done differently. All worlds of a question share one graph (see `stages`), so on a probe each distinct stage
is computed once, and only when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import chain, combinations
from typing import NamedTuple

from backprop.diagnosis.catalogue import MISTAKES, Mistake, Way
from backprop.diagnosis.questions import COMPUTED, Question
from backprop.diagnosis.stages import Change, Function, Graph, full_name, needs, replaces


class Variant(NamedTuple):
    """One mistake made in one way, in one set of layers."""

    id: str
    label: str
    changes: tuple[Change, ...]
    within: float
    fitted: bool


class Outcome(NamedTuple):
    """One mistake or two, and the graph's nodes that hold what they return. The label tells ways and layers apart."""

    ids: tuple[str, ...]
    label: str
    parts: tuple[int, ...]
    within: float
    fitted: bool


class Worlds(NamedTuple):
    """A question's graph, its right outcome, and the outcomes of single mistakes and of pairs."""

    graph: Graph
    right: tuple[int, ...]
    singles: tuple[Outcome, ...]
    pairs: tuple[Outcome, ...]


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
    question = COMPUTED[question_id]
    stages = question.stages(layers)
    graph = Graph(stages, _given_names(question, layers))
    results = question.results if layers == question.layers else tuple(f"new{k}" for k in range(1, layers + 1))
    found = [v for mistake in catalogue.mistakes for v in variants(mistake, question, graph, layers)]

    def outcome(*made: Variant) -> Outcome:
        changes = chain.from_iterable(v.changes for v in made)
        parts = graph.world(changes, results)
        return Outcome(
            tuple(v.id for v in made), " + ".join(v.label for v in made), parts, max(v.within for v in made), any(v.fitted for v in made)
        )

    right = graph.world((), results)
    singles = _different([outcome(v) for v in found], right)
    pairs = _different([outcome(v, w) for v, w in combinations(found, 2) if _compatible(v, w)], right)
    return Worlds(graph, right, singles, pairs)


def _given_names(question: Question, layers: int) -> tuple[str, ...]:
    import numpy as np

    sizes = question.rectangles[0][0]
    if layers != question.layers:
        sizes = (3, *range(4, 5 + layers))
    return tuple(question.given(*question.probe(np.random.default_rng(0), sizes)))


def _different(outcomes: list[Outcome], right: tuple[int, ...]) -> tuple[Outcome, ...]:
    """Each outcome once, and none that is the right computation."""
    return tuple({(o.ids, o.parts): o for o in outcomes if o.parts != right}.values())


def _compatible(v: Variant, w: Variant) -> bool:
    """Two mistakes can be made together unless they are one, or both put something in the same stage's place."""
    taken = {c.stage for c in v.changes if replaces(c)}
    return v.id != w.id and not any(c.stage in taken for c in w.changes if replaces(c))


def variants(mistake: Mistake, question: Question, graph: Graph, layers: int) -> Iterator[Variant]:
    """The ways in which a mistake can be made in this question."""
    for number, way in enumerate(mistake.ways):
        if question.id in way.questions:
            for place, changes in _placed(way, graph, layers):
                yield Variant(mistake.id, f"{mistake.id}.{number}{place}", changes, way.within, way.fitted)


def _placed(way: Way, graph: Graph, layers: int) -> Iterator[tuple[str, tuple[Change, ...]]]:
    if not layers:
        yield "", tuple(Change(stage, f) for stage, f in way.changes.items())
        return
    possible = tuple(k for k in range(1, layers + 1) if _fits(way.changes, k, graph))
    for chosen in _LAYERS.get(str(way.at), lambda ks: way.at)(possible):  # type: ignore[arg-type,return-value]
        if chosen and set(chosen) <= set(possible):
            place = "@" + "".join(map(str, chosen))
            yield place, tuple(Change(f"{stage}{k}", f) for k in chosen for stage, f in way.changes.items())


_LAYERS: Mapping[str, Callable[[tuple[int, ...]], tuple[tuple[int, ...], ...]]] = {
    "each": lambda ks: tuple(chain.from_iterable(combinations(ks, n) for n in range(1, len(ks) + 1))),
    "all": lambda ks: (ks,),
}


def _fits(changes: Mapping[str, Function], k: int, graph: Graph) -> bool:
    """Whether layer k has these stages and everything that the changed ones need."""
    return all(
        f"{stage}{k}" in graph.stages and all(full_name(need, k, graph.known) for need in needs(f) if need != stage)
        for stage, f in changes.items()
    )
