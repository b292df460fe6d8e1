"""What Traffic Managers, which run in their clients, ask of the server."""

from simulator.embedded.rpc import method
from simulator.embedded.simulation import Simulation
from simulator.embedded.values import read_anything, read_flag, read_integer, read_items, read_text


def _read_place(value: object) -> tuple[str, int]:
    host, port = read_items(value, read_text, read_integer)
    return host, port


@method(read_integer)
def is_traffic_manager_running(simulation: Simulation, port: int) -> bool:
    """Tell whether one runs at a port."""
    return simulation.traffic_managers.has(port)


@method(read_integer)
def get_traffic_manager_running(simulation: Simulation, port: int) -> list[object]:
    """Tell where one runs."""
    return list(simulation.traffic_managers.find(port))


@method(_read_place)
def add_traffic_manager_running(simulation: Simulation, place: tuple[str, int]) -> bool:
    """Remember one."""
    return simulation.traffic_managers.add(*place)


@method(read_integer)
def destroy_traffic_manager(simulation: Simulation, port: int) -> bool:
    """Forget one."""
    return simulation.traffic_managers.remove(port)


@method(read_integer, read_flag)
def set_actor_autopilot(simulation: Simulation, actor_id: int, enabled: bool) -> None:
    """Take note that a Traffic Manager drives a vehicle; it sends its controls like any client."""
    simulation.episode.find_vehicle(actor_id)


@method()
def reset_all_traffic_lights(simulation: Simulation) -> None:
    """Reset the traffic lights: there are none."""


@method(read_anything, optional=1)
def freeze_all_traffic_lights(simulation: Simulation, frozen: object = None) -> None:
    """Freeze the traffic lights: there are none."""
