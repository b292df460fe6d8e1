"""What the embedded server does not serve: each call is known by name, and answered with what to do instead.

A call that CARLA's client does not wait for can't tell its user anything; the server then says it once on its log.
"""

from simulator.embedded.rpc import refuse

_BOXES = "actors are solid boxes here; use get_transform and bounding_box"
_BONES = "walkers are drawn without bones; use get_transform and bounding_box"
_TRAFFIC_LIGHTS = "there are no traffic lights or signs that act; Traffic Manager drives without them"
_LAYERS = "the world has no layers; choose the scenery by the map's userData"
_TEXTURES = "surfaces can't be painted; choose another appearance seed, season or weather"
_GBUFFERS = "there are no G-buffers; use the depth and segmentation cameras"
_ROS = "there is no ROS bridge; read the sensor with listen"
_PHYSICS = "cars follow the single-track model only; change it with apply_physics_control"
_DOORS = "cars are drawn without doors and turning wheels; read get_wheel_steer_angle"
_V2X = "there are no V2X sensors; read the vehicles' states from a snapshot"
_LAMPS = "street lamps follow the sun; change the weather's sun_altitude_angle"

REFUSALS: dict[str, str] = {
    **dict.fromkeys(
        (
            *(f"get_actor_{part}_names" for part in ("component", "bone", "socket")),
            *(f"get_actor_component_{frame}_transform" for frame in ("world", "relative")),
            *(f"get_actor_{part}_{frame}_transforms" for part in ("bone", "socket") for frame in ("world", "relative")),
            "get_vehicle_bone_world_transforms",
        ),
        _BOXES,
    ),
    **dict.fromkeys(
        (
            "get_bones_transform",
            *("set_bones_transform", "blend_pose", "get_pose_from_animation"),
        ),
        _BONES,
    ),
    **dict.fromkeys(
        (
            *(f"set_traffic_light_{what}" for what in ("state", "green_time", "yellow_time", "red_time")),
            *("freeze_traffic_light", "reset_traffic_light_group", "get_group_traffic_lights", "get_light_boxes"),
        ),
        _TRAFFIC_LIGHTS,
    ),
    **dict.fromkeys(("load_map_layer", "unload_map_layer"), _LAYERS),
    **dict.fromkeys(
        ("apply_color_texture_to_objects", "apply_float_color_texture_to_objects"),
        _TEXTURES,
    ),
    **dict.fromkeys(("enable_gbuffers", "are_gbuffers_enabled", "get_gbuffer_token"), _GBUFFERS),
    **dict.fromkeys(("enable_sensor_for_ros", "disable_sensor_for_ros"), _ROS),
    **dict.fromkeys(("enable_carsim", "use_carsim_road", "enable_chrono_physics"), _PHYSICS),
    **dict.fromkeys(
        (
            *("open_vehicle_door", "close_vehicle_door", "set_wheel_steer_direction"),
            *("set_wheel_pitch_angle", "get_wheel_pitch_angle"),
        ),
        _DOORS,
    ),
    "send": _V2X,
    **dict.fromkeys(("update_day_night_cycle", "update_lights_state"), _LAMPS),
    "set_ignored_vehicles": "cameras see every vehicle; destroy what shall not be seen",
    "show_vehicle_debug_telemetry": "nothing is drawn over the pictures; read get_telemetry_data",
    "console_command": "there is no console; use the calls of the client",
}

_VOID = {"load_map_layer", "unload_map_layer", "apply_color_texture_to_objects", "apply_float_color_texture_to_objects"}
_VOID |= {"enable_gbuffers", "set_ignored_vehicles"}

for _name, _why in REFUSALS.items():
    refuse(_name, _why, void=_name in _VOID)
