"""`descend` and `fit`: the same steps, the second without allocating; what ends a run; what a run may cost in memory."""

import tracemalloc
from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest
from random_nets import ACTIVATIONS, DEPTHS, PAIRS, Case, random_case

import backprop as bp
from backprop import train

ETA = 0.002


def case(names: tuple[str, ...], cost: str = "half_squared_error", n: int = 7, seed: int = 3) -> Case:
    return random_case(np.random.default_rng(seed), names, cost, n)


def parameters(net: list[bp.Layer]) -> np.ndarray:
    return np.concatenate([part.ravel() for layer in net for part in (layer.W, layer.b)])


def states(c: Case, eta: float = ETA) -> Iterator[bp.State]:
    return bp.descend(c.net, c.x, c.y, c.bp_cost, eta)


def state(c: Case, updates: int, eta: float = ETA) -> bp.State:
    return next(islice(states(c, eta), updates, None))


def off(got: list[bp.Layer], want: list[bp.Layer]) -> float:
    return bp.relative_error(parameters(got), parameters(want))


def in_batches(c: Case, size: int, epochs: int, seed: int) -> tuple[list[bp.Layer], list[float]]:
    """What `fit` should do with mini-batches, written with `gradients`."""
    rng, net, history = np.random.default_rng(seed), c.net, []
    for _ in range(epochs):
        order = rng.permutation(len(c.x))
        for rows in (order[start : start + size] for start in range(0, len(order), size)):
            C, grads = bp.gradients(net, c.x[rows], c.y[rows], c.bp_cost)
            history.append(C)
            net = [bp.Layer(W - ETA * g.dW, b - ETA * g.db, act) for (W, b, act), g in zip(net, grads, strict=True)]
    return net, history


@pytest.fixture(params=[0, train.ROOM], ids=["x as it lies", "x beside ones"])
def room(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "ROOM", request.param)


# The same steps.


def test_descend_begins_with_the_untouched_net_and_counts_updates():
    c = case(("tanh", "sigmoid"))
    first, second = islice(states(c), 2)
    C, grads = bp.gradients(c.net, c.x, c.y, c.bp_cost)
    assert (first.iteration, second.iteration) == (0, 1)
    assert first.C == C and np.array_equal(parameters(first.net), parameters(c.net))
    assert np.array_equal(second.net[0].W, c.net[0].W - ETA * grads[0].dW)
    assert np.array_equal(second.net[1].b, c.net[1].b - ETA * grads[1].db)
    assert np.array_equal(second.steps[-1].a_out, bp.predict(second.net, c.x))


@pytest.mark.usefixtures("room")
@pytest.mark.parametrize(("cost", "output"), PAIRS)
@pytest.mark.parametrize("hidden", ACTIVATIONS)
def test_fit_makes_the_steps_of_descend(hidden: str, output: str, cost: str):
    for depth in DEPTHS:
        c = case((hidden,) * (depth - 1) + (output,), cost, seed=depth)
        fit = bp.fit(c.net, c.x, c.y, c.bp_cost, ETA, 6)
        wanted = list(islice(states(c), 7))
        assert off(fit.net, wanted[-1].net) < 1e-12
        assert bp.relative_error(fit.history, [s.C for s in wanted[:-1]]) < 1e-12
        assert fit.reason == "all 6 epochs done"


def test_every_single_step_is_that_of_descend():
    c = case(("sigmoid", "tanh", "sigmoid"))
    wanted = list(islice(states(c), 10))
    for k in range(10):
        assert off(bp.fit(c.net, c.x, c.y, c.bp_cost, ETA, k).net, wanted[k].net) < 1e-12


@pytest.mark.usefixtures("room")
@pytest.mark.parametrize(("cost", "output"), PAIRS)
@pytest.mark.parametrize("size", [1, 3, 7])
def test_mini_batches_are_shuffled_and_the_last_is_smaller(size: int, output: str, cost: str):
    c = case(("relu", "sigmoid", output), cost, n=8)
    fit = bp.fit(c.net, c.x, c.y, c.bp_cost, ETA, 3, batch_size=size, rng=11)
    net, history = in_batches(c, size, 3, seed=11)
    assert fit.history.shape == (3 * -(-8 // size),)
    assert off(fit.net, net) < 1e-12
    assert bp.relative_error(fit.history, history) < 1e-12


def test_a_batch_of_all_examples_is_never_shuffled():
    c = case(("sigmoid", "tanh"))
    whole = bp.fit(c.net, c.x, c.y, c.bp_cost, ETA, 3)
    for size in (7, 100):
        assert np.array_equal(parameters(bp.fit(c.net, c.x, c.y, c.bp_cost, ETA, 3, size, rng=1).net), parameters(whole.net))


def test_rng_is_a_seed_or_a_generator_and_none_is_fresh():
    c = case(("sigmoid", "tanh"))

    def end(rng):
        return parameters(bp.fit(c.net, c.x, c.y, c.bp_cost, ETA, 4, 2, rng=rng).net)

    assert np.array_equal(end(5), end(5))
    assert np.array_equal(end(5), end(np.random.default_rng(5)))
    assert not np.array_equal(end(5), end(6))
    assert not np.array_equal(end(None), end(None))


@pytest.mark.usefixtures("room")
@pytest.mark.parametrize(("cost", "output"), PAIRS)
def test_a_float32_net_is_trained_in_float32(output: str, cost: str):
    c = case(("tanh", "sigmoid", output), cost)
    small = [bp.Layer(W.astype(np.float32), b.astype(np.float32), act) for W, b, act in c.net]
    for size in (None, 3):
        fit, wide = (bp.fit(net, c.x, c.y, c.bp_cost, ETA, 6, size, rng=2) for net in (small, c.net))
        assert {part.dtype for layer in fit.net for part in layer[:2]} == {np.dtype(np.float32)}
        assert off(fit.net, wide.net) < 1e-5
        assert bp.relative_error(fit.history, wide.history) < 1e-5


def test_an_activation_and_a_cost_of_ones_own_need_no_kernel():
    softplus = bp.Activation("softplus", lambda z: np.log(1 + np.exp(z)), lambda z, a: 1 / (1 + np.exp(-z)))
    quartic = bp.Cost("quartic", lambda a, y: ((a - y) ** 4).sum(), lambda a, y: 4 * (a - y) ** 3)
    rng = np.random.default_rng(0)
    net = bp.network((3, 5, 4, 2), hidden=softplus, output=bp.tanh, rng=rng)
    x, y = rng.normal(size=(7, 3)), rng.normal(size=(7, 2))
    wanted = next(islice(bp.descend(net, x, y, quartic, ETA), 8, None))
    assert off(bp.fit(net, x, y, quartic, ETA, 8).net, wanted.net) < 1e-12


def test_a_name_is_not_what_picks_a_kernel():
    doubled = bp.Activation("sigmoid", lambda z: 2 * z, lambda z, a: 2 * np.ones_like(z))
    c = case(("tanh", "tanh"))
    net = [c.net[0], c.net[1]._replace(act=doubled)]
    wanted = next(islice(bp.descend(net, c.x, c.y, c.bp_cost, ETA), 4, None))
    assert off(bp.fit(net, c.x, c.y, c.bp_cost, ETA, 4).net, wanted.net) < 1e-12


def test_a_wrong_kernel_would_be_seen(monkeypatch: pytest.MonkeyPatch):
    right = train.ACTIVATIONS[bp.tanh]
    wrong = right._replace(df=lambda z, a, s: [*right.df(z, a, s), train.to(np.multiply, s, a, s)])
    monkeypatch.setitem(train.ACTIVATIONS, bp.tanh, wrong)
    c = case(("tanh", "sigmoid"))
    assert off(bp.fit(c.net, c.x, c.y, c.bp_cost, ETA, 1).net, state(c, 1).net) > 1e-6


def test_saturated_units_overflow_in_silence(recwarn: pytest.WarningsRecorder):
    c = case(("sigmoid", "sigmoid"))
    net = [layer._replace(W=layer.W * 1e4) for layer in c.net]
    wanted = next(islice(bp.descend(net, c.x, c.y, c.bp_cost, ETA), 3, None))
    recwarn.clear()
    assert off(bp.fit(net, c.x, c.y, c.bp_cost, ETA, 3).net, wanted.net) < 1e-12
    assert not recwarn.list


def test_any_memory_order_and_integers_are_taken():
    c = case(("sigmoid", "tanh"), n=6)
    plain = bp.fit(c.net, c.x, c.y, c.bp_cost, ETA, 3).net
    doubled = np.repeat(c.x, 2, axis=1)
    for x, y in ((np.asfortranarray(c.x), np.asfortranarray(c.y)), (doubled[:, ::2], c.y[::-1][::-1]), (c.x.tolist(), c.y.tolist())):
        assert off(bp.fit(c.net, x, y, c.bp_cost, ETA, 3).net, plain) < 1e-14
    x, y = bp.data.xor()
    net = bp.network((2, 3, 1), rng=0)
    assert off(bp.fit(net, x.astype(int), y.astype(int), c.bp_cost, ETA, 3).net, bp.fit(net, x, y, c.bp_cost, ETA, 3).net) == 0


def test_the_net_that_came_in_stays_as_it_was():
    c = case(("sigmoid", "tanh"))
    net, before = c.net, parameters(c.net)
    fit = bp.fit(net, c.x, c.y, c.bp_cost, ETA, 3)
    assert np.array_equal(parameters(net), before)
    assert not any(np.shares_memory(a, b) for old, new in zip(net, fit.net, strict=True) for a, b in zip(old[:2], new[:2], strict=True))
    assert np.array_equal(parameters(bp.fit(net, c.x, c.y, c.bp_cost, ETA, 0).net), before)


# What ends a run.


def test_a_cost_that_is_not_finite_ends_it_with_the_last_finite_net():
    c = case(("relu", "identity"))
    fit = bp.fit(c.net, c.x, c.y, c.bp_cost, 1e3, 100)
    k = len(fit.history)
    assert 1 < k < 20 and np.isfinite(fit.history).all() and np.isfinite(parameters(fit.net)).all()
    assert (
        fit.reason
        == f"stopped at step {k}: the cost became inf; the net is that of step {k - 1}, the last with a finite cost; try a smaller eta"
    )
    assert off(fit.net, state(c, k - 1, eta=1e3).net) < 1e-12


def test_a_cost_that_is_infinite_at_once_gives_the_net_back():
    c = case(("identity", "identity"))
    net = [layer._replace(W=layer.W * 1e200) for layer in c.net]
    fit = bp.fit(net, c.x, c.y, c.bp_cost, ETA, 5)
    assert fit.reason == "stopped at step 0: the cost became inf; the net is the one it began with"
    assert len(fit.history) == 0 and np.array_equal(parameters(fit.net), parameters(net))


def test_infinite_parameters_behind_a_finite_cost_are_not_given_back():
    x, y = np.full((400, 1), 10.0), np.ones((400, 1))
    net = [bp.Layer(np.full((1, 1), -0.01), np.zeros(1), bp.sigmoid)]
    fit = bp.fit(net, x, y, bp.half_squared_error, 1e307, 3)
    assert fit.reason == "the parameters became infinite; the net is the one it began with; try a smaller eta"
    assert np.isfinite(fit.history).all() and off(fit.net, net) == 0


def test_ctrl_c_between_two_steps_returns_what_was_reached():
    c = case(("sigmoid", "tanh"))

    def interrupt(net, history):
        if len(history) == 3:
            raise KeyboardInterrupt

    fit = bp.fit(c.net, c.x, c.y, c.bp_cost, ETA, 100, callback=interrupt)
    assert fit.reason == "interrupted after 3 steps" and len(fit.history) == 3
    assert off(fit.net, state(c, 3).net) < 1e-12


@pytest.mark.parametrize("slot", ["f", "df"])
@pytest.mark.parametrize("call", [1, 5, 6])
def test_ctrl_c_within_a_step_returns_the_net_before_it(slot: str, call: int):
    calls = []

    def interrupted(*args):
        calls.append(1)
        if len(calls) == call:
            raise KeyboardInterrupt
        return getattr(bp.tanh, slot)(*args)

    act = bp.tanh._replace(name="interrupted", **{slot: interrupted})
    c = case(("sigmoid", "tanh"))
    fit = bp.fit([c.net[0], c.net[1]._replace(act=act)], c.x, c.y, c.bp_cost, ETA, 100)
    assert fit.reason == f"interrupted after {call - 1} steps"
    assert off(fit.net, state(c, call - 1).net) < 1e-12


def test_another_error_is_not_swallowed():
    c = case(("sigmoid", "tanh"))

    def divide(net, history):
        raise FloatingPointError("mine")

    with pytest.raises(FloatingPointError, match="mine"):
        bp.fit(c.net, c.x, c.y, c.bp_cost, ETA, 3, callback=divide)


def test_a_number_stops_at_the_first_cost_no_larger():
    c = case(("sigmoid", "tanh"))
    costs = [s.C for s in islice(states(c), 40)]
    fit = bp.fit(c.net, c.x, c.y, c.bp_cost, ETA, 10**6, stop=costs[30] * (1 + 1e-12))
    assert len(fit.history) == 31
    assert fit.reason == f"the cost {costs[30]:.6g} is no larger than {costs[30]:.6g}"
    assert off(fit.net, state(c, 31).net) < 1e-12


@pytest.mark.parametrize(("answer", "reason"), [("enough of it", "enough of it"), (True, "the stopping rule said so")])
def test_a_function_stops_by_a_reason(answer, reason: str):
    c = case(("sigmoid", "tanh"))
    fit = bp.fit(c.net, c.x, c.y, c.bp_cost, ETA, 9, 3, rng=0, stop=lambda net, history: len(history) >= 5 and answer)
    assert fit.reason == reason and len(fit.history) == 6  # after the epoch in which it was so: three steps each


def test_settled_waits_for_the_patience_and_says_so():
    costs = [5.0, 4.0, 3.9999, 4.1, 3.0, 3.0, 2.9999, 3.5]
    rule = train.settled(tolerance=1e-3, patience=3)
    answers = [rule([], costs[: k + 1]) for k in range(len(costs))]
    assert answers[:-1] == [None] * 7
    assert answers[-1] == "settled: 3 epochs brought the cost no further than 2.9999"


def test_settled_takes_the_mean_of_an_epoch():
    rule = train.settled(tolerance=0.1, patience=1)
    assert rule([], [1.0, 9.0]) is None
    assert rule([], [1.0, 9.0, 7.0, 0.0]) is None  # 5, then 3.5
    assert rule([], [1.0, 9.0, 7.0, 0.0, 3.4, 3.4]) is not None


def test_the_callback_gets_a_copy_and_the_costs_and_the_caller_s_warnings():
    c = case(("sigmoid", "tanh"))
    seen = []

    def watch(net, history):
        seen.append((parameters(net), list(history), np.geterr()["divide"]))
        net[0].W[:] = np.nan

    with np.errstate(divide="raise"):
        fit = bp.fit(c.net, c.x, c.y, c.bp_cost, ETA, 4, 3, rng=0, callback=watch)
    assert [len(history) for _, history, _ in seen] == [3, 6, 9, 12]
    assert np.array_equal(seen[-1][0], parameters(fit.net)) and seen[-1][1] == fit.history.tolist()
    assert {divide for *_, divide in seen} == {"raise"}
    assert np.isfinite(parameters(fit.net)).all()


def test_progress_shows_a_bar_and_changes_nothing(capsys: pytest.CaptureFixture[str]):
    c = case(("sigmoid", "tanh"))
    quiet = bp.fit(c.net, c.x, c.y, c.bp_cost, ETA, 3)
    assert capsys.readouterr().out == ""
    assert np.array_equal(parameters(bp.fit(c.net, c.x, c.y, c.bp_cost, ETA, 3, progress=True).net), parameters(quiet.net))
    assert "fit" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"epochs": -1}, ValueError, "epochs must be a whole number from 0 up, but it is -1"),
        ({"epochs": 2.5}, ValueError, "epochs must be a whole number from 0 up, but it is 2.5"),
        ({"batch_size": 0}, ValueError, "batch_size must be a whole number from 1 up, but it is 0"),
        ({"batch_size": True}, ValueError, "batch_size must be a whole number from 1 up, but it is True"),
        ({"eta": 0}, ValueError, "eta must be a positive number, but it is 0"),
        ({"stop": "now"}, TypeError, "stop must be a number"),
        ({"x": np.full((7, 3), np.nan)}, ValueError, "x must be finite"),
        ({"y": np.zeros(7)}, ValueError, "y must have the shape of the network's output"),
        ({"cost": bp.softmax_cross_entropy}, ValueError, "the output layer must be backprop.identity"),
        ({"net": []}, ValueError, "at least one Layer"),
    ],
)
def test_wrong_input_fails_at_the_door(change: dict, error: type[Exception], words: str):
    net = bp.network((3, 4, 2), rng=0)
    right = {"net": net, "x": np.zeros((7, 3)), "y": np.zeros((7, 2)), "cost": bp.half_squared_error, "eta": 0.1, "epochs": 2}
    bp.fit(**right)
    with pytest.raises(error, match=words):
        bp.fit(**{**right, **change})


@pytest.mark.parametrize("arguments", [{"tolerance": 0}, {"patience": 0}, {"patience": 1.5}])
def test_settled_fails_at_the_door(arguments: dict):
    with pytest.raises(ValueError, match="must be a"):
        train.settled(**arguments)


# What it costs in memory.


def peak(run) -> int:
    run()
    tracemalloc.start()
    run()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def test_steps_allocate_nothing():
    net = bp.network((40, 30, 20, 10), rng=0)
    rng = np.random.default_rng(0)
    x, y = rng.random((500, 40)), rng.random((500, 10))
    few, many = (peak(lambda n=n: bp.fit(net, x, y, bp.half_squared_error, 1e-4, n)) for n in (2, 60))
    smallest_buffer = 500 * 10 * 8
    assert many - few < smallest_buffer / 2


@pytest.mark.parametrize(
    ("sizes", "n", "batch"), [((300, 60, 10), 2000, None), ((300, 60, 10), 4000, 500), ((100, 400, 400, 10), 2000, 250)]
)
def test_the_peak_is_the_data_the_parameters_twice_and_three_activations_a_layer(sizes, n: int, batch: int | None):
    net = bp.network(sizes, rng=0)
    rng = np.random.default_rng(0)
    x, y = rng.random((n, sizes[0])), rng.random((n, sizes[-1]))
    numbers = x.size + y.size + 2 * parameters(net).size + 3 * sum(sizes[1:]) * (batch or n)
    most = peak(lambda: bp.fit(net, x, y, bp.half_squared_error, 1e-4, 2, batch, rng=0))
    assert most + x.nbytes + y.nbytes <= 1.2 * 8 * numbers


def test_descend_refuses_at_the_call_not_at_the_first_step():
    net, x, y = bp.data.small_network()
    with pytest.raises(ValueError, match="eta must be a positive number, but it is -1"):
        bp.descend(net, x, y, bp.half_squared_error, -1)
    with pytest.raises(ValueError, match="y must have the shape of the network's output"):
        bp.descend(net, x, y[:, 0], bp.half_squared_error, 0.5)
