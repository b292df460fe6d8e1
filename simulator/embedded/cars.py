"""The kinds of cars that can be driven here, and their numbers."""

import math

from simulator.embedded.physics_control import Car, CarShape, make_car

CARS: dict[str, Car] = {
    # Box, mass, wheel angle and steering curve as CARLA 0.9.16's; axle loads 47:53 and wheelbase of the real car;
    # yaw inertia is mass x front x rear, within 1 % what the BMW below has.
    "vehicle.tesla.model3": make_car(
        CarShape(
            length=4.792,
            width=2.163,
            height=1.488,
            front=1.52375,
            rear=1.35125,
            track=1.58,
            mass=1845.0,
            mass_height=0.46,
            yaw_inertia=3799.0,
            wheel_radius=0.36,
            max_steer=70.0,
            torque_curve=((0.0, 420.0), (4800.0, 420.0), (6000.0, 336.0), (12000.0, 168.0), (15000.0, 134.0)),
            final_ratio=9.0,
            drag_coefficient=0.23,
            brake_torque=1500.0,
        )
    ),
    # BMW 320i: commonroad-vehicle-models, vehicle 2
    "vehicle.bmw.grandtourer": make_car(
        CarShape(
            length=4.508,
            width=1.61,
            height=1.415,
            front=1.1561957064,
            rear=1.4227170936,
            track=1.38684,
            mass=1093.2952334674046,
            mass_height=0.61373004,
            yaw_inertia=1791.5995300122856,
            wheel_radius=0.344,
            max_steer=math.degrees(1.066),
            torque_curve=((0.0, 170.0), (4000.0, 170.0), (12500.0, 75.0)),
            final_ratio=9.0,
            drag_coefficient=0.3,
            brake_torque=900.0,
        )
    ),
    # VW Vanagon: commonroad-vehicle-models, vehicle 3
    "vehicle.volkswagen.t2": make_car(
        CarShape(
            length=4.569,
            width=1.844,
            height=1.93,
            front=1.1507916024,
            rear=1.3211363976,
            track=1.574292,
            mass=1478.8979637767998,
            mass_height=0.804490644,
            yaw_inertia=2473.1176915564442,
            wheel_radius=0.344,
            max_steer=math.degrees(1.023),
            torque_curve=((0.0, 180.0), (4000.0, 180.0), (10500.0, 70.0)),
            final_ratio=9.0,
            drag_coefficient=0.45,
            brake_torque=1200.0,
            fastest=41.7,
            fastest_reverse=11.2,
            speed_switch=7.824,
        )
    ),
}
