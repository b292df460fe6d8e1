"""Calls with random values, right and wrong in shape, on a world with cars and sensors."""

import msgpack
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.embedded.blueprints import BLUEPRINTS
from simulator.embedded.handlers import session  # noqa: F401  (registers the methods)
from simulator.embedded.handlers.refusals import REFUSALS
from simulator.embedded.rpc import METHODS, run
from simulator.embedded.simulation import Simulation
from simulator.embedded.streaming import Streams

SLOW = {"load_new_episode", "copy_opendrive_to_file", "get_actor_definitions"}
WORLD = Simulation(Streams(1))

numbers = st.one_of(st.floats(-1e3, 1e3), st.sampled_from([0.0, 1e15, -1e15, 1e-12, 1.0]))
vectors = st.lists(numbers, min_size=3, max_size=3)
transforms = st.tuples(vectors, vectors).map(list)
texts = st.sampled_from(["", "0", "1", "-1", "1e9", "nan", "True", "red", "1,2,3", "999999999999999999999"])
descriptions = st.sampled_from(sorted(BLUEPRINTS)).flatmap(
    lambda id: st.lists(
        st.tuples(st.sampled_from([a.id for a in BLUEPRINTS[id].attributes]), st.just(4), texts).map(list), max_size=3
    ).map(lambda attributes: [1, id, attributes])
)
plausible = st.one_of(
    numbers,
    st.integers(0, 40),
    st.booleans(),
    vectors,
    transforms,
    descriptions,
    st.lists(numbers, min_size=5, max_size=6),
    st.tuples(numbers, numbers, numbers, st.booleans(), st.booleans(), st.booleans(), st.integers(-9, 9)).map(list),
    st.lists(numbers, min_size=14, max_size=14),
)
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9), st.binary(max_size=9)),
    lambda inner: st.one_of(st.lists(inner, max_size=8), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=20,
)
calls = st.sampled_from(sorted(set(METHODS) - set(REFUSALS) - SLOW)).flatmap(
    lambda name: st.tuples(
        st.just(name),
        st.one_of(
            st.tuples(*[st.one_of(plausible, anything) for _ in METHODS[name].readers]).map(list),
            st.tuples(st.integers(1, 6), *[plausible for _ in METHODS[name].readers[1:]]).map(list),
        ),
    )
)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(calls, min_size=1, max_size=30))
def test_no_call_whatever_its_values_ends_the_world(sequence):
    """Random calls on a world with cars and sensors; each is answered or refused by name, and the clock goes on."""
    simulation = WORLD
    simulation.load(simulation.episode.world_map, True)
    for kind in ("vehicle.tesla.model3", "vehicle.bmw.grandtourer", "sensor.other.imu", "sensor.other.collision"):
        run(simulation, "spawn_actor", [[1, kind, []], [[20.0 * len(kind), 0.0, 0.0], [0.0, 0.0, 0.0]]])
    first = simulation.episode.spectator.id
    for name, given_arguments in sequence:
        arguments = list(given_arguments)
        if arguments and type(arguments[0]) is int:
            arguments[0] += first
        error, result = run(simulation, name, arguments)
        assert error is None or name in error
        assert error is None or "failed in the server" not in error, error
        msgpack.packb([1, 1, error, result], unicode_errors="surrogateescape")
        simulation.tick(0.05)
    simulation.tick(0.05)
