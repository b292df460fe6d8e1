"""The kinds of cars that can be driven here, and their numbers."""

import math

from simulator.embedded.car_model import Car, CarShape, make_car

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
            max_rpm=15000.0,
            engine_inertia=0.05,
            throttle_lag=0.05,
            driven="all",
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
            torque_curve=((0.0, 130.0), (1500.0, 165.0), (3500.0, 190.0), (6000.0, 170.0), (6800.0, 120.0)),
            final_ratio=3.15,
            drag_coefficient=0.3,
            brake_torque=900.0,
            max_rpm=6800.0,
            gears=(3.72, 2.40, 1.77, 1.26, 1.0),
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
            torque_curve=((0.0, 110.0), (1500.0, 140.0), (3000.0, 160.0), (4800.0, 140.0), (5600.0, 90.0)),
            final_ratio=5.4,
            drag_coefficient=0.45,
            brake_torque=1200.0,
            max_rpm=5600.0,
            gears=(3.78, 2.06, 1.25, 0.88),
            shift_time=0.3,
            fastest=41.7,
            fastest_reverse=11.2,
            speed_switch=7.824,
        )
    ),
    # The rest: box as CARLA 0.9.16's, mass, wheelbase, track and gearbox of the real vehicle's data sheet, rounded; the
    # height of the centre of mass and the yaw inertia (mass x front x rear) estimated.
    "vehicle.nissan.micra": make_car(
        CarShape(
            length=3.633,
            width=1.845,
            height=1.501,
            front=0.96,
            rear=1.47,
            track=1.47,
            mass=1060.0,
            mass_height=0.53,
            yaw_inertia=1500.0,
            wheel_radius=0.29,
            max_steer=60.0,
            torque_curve=((0.0, 70.0), (1500.0, 95.0), (4000.0, 110.0), (5200.0, 105.0), (6200.0, 80.0)),
            final_ratio=4.07,
            drag_coefficient=0.33,
            brake_torque=800.0,
            max_rpm=6200.0,
            gears=(3.73, 2.05, 1.39, 1.03, 0.82),
            driven="front",
            fastest=43.0,
        )
    ),
    "vehicle.mercedes.sprinter": make_car(
        CarShape(
            length=5.915,
            width=1.989,
            height=2.560,
            front=1.65,
            rear=2.015,
            track=1.72,
            mass=2400.0,
            mass_height=0.95,
            yaw_inertia=7980.0,
            wheel_radius=0.34,
            max_steer=50.0,
            torque_curve=((0.0, 180.0), (1400.0, 330.0), (2400.0, 330.0), (3800.0, 240.0), (4600.0, 120.0)),
            final_ratio=3.92,
            drag_coefficient=0.33,
            brake_torque=2200.0,
            max_rpm=4600.0,
            gears=(5.08, 2.61, 1.52, 1.0, 0.79),
            shift_time=0.4,
            engine_inertia=0.3,
            engine_damping=0.15,
            grip=0.9,
            throttle_lag=0.25,
            fastest=42.0,
            fastest_reverse=8.0,
        )
    ),
    # a lorry of nine tonnes: hard tyres, air brakes, slow gears
    "vehicle.carlamotors.carlacola": make_car(
        CarShape(
            length=5.204,
            width=2.627,
            height=2.468,
            front=1.75,
            rear=1.35,
            track=2.0,
            mass=9000.0,
            mass_height=1.1,
            yaw_inertia=22000.0,
            wheel_radius=0.45,
            max_steer=45.0,
            torque_curve=((0.0, 500.0), (1100.0, 900.0), (1700.0, 900.0), (2300.0, 650.0), (2700.0, 300.0)),
            final_ratio=4.1,
            drag_coefficient=0.7,
            brake_torque=8000.0,
            max_rpm=2700.0,
            gears=(6.7, 3.8, 2.3, 1.48, 1.0, 0.73),
            shift_down=0.4,
            shift_time=0.6,
            engine_inertia=1.5,
            engine_damping=1.2,
            grip=0.72,
            rolling=0.007,
            stiffness=8.0,
            throttle_lag=0.4,
            brake_lag=0.3,
            fastest=27.0,
            fastest_reverse=4.0,
        )
    ),
}
