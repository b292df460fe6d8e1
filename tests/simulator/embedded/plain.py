"""A wide straight road, level or not, as a proving ground; with the official client or without."""

import numpy as np

from simulator.embedded.blueprints import BLUEPRINTS
from simulator.embedded.cars import CARS
from simulator.embedded.footing import Footing
from simulator.embedded.settings import EpisodeSettings
from simulator.embedded.terrain import Terrain
from simulator.embedded.vehicle import Vehicle
from simulator.embedded.weather import Weather
from simulator.opendrive import RoadNetwork

HALF_WIDTH, LENGTH = 150.0, 1600.0
SETTINGS = EpisodeSettings()


def plain_document(x=0.0, y=0.0, grade=0.0, bank=0.0, half_width=HALF_WIDTH, length=LENGTH, season=None):
    """Give an OpenDRIVE document: a road to the east from (x, y), rising by `grade`, its left side higher by `bank`."""
    lane = (
        '<lane id="{id}" type="driving" level="false"><width sOffset="0" a="{width}" b="0" c="0" d="0"/>'
        '<roadMark sOffset="0" type="solid" weight="standard" color="white" width="0.12" laneChange="none"/></lane>'
    )
    left, right = ("".join(lane.format(id=id, width=half_width / 2) for id in ids) for ids in ((2, 1), (-1, -2)))
    told = f'{{"appearance_seed": 1, "season": "{season}"}}'
    facts = f"<userData code='liquidlane' value='{told}'/>" if season else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><OpenDRIVE><header revMajor="1" revMinor="6" name="Plain" version="1">'
        f"<geoReference>+proj=tmerc +lat_0=0 +lon_0=0 +datum=WGS84</geoReference>{facts}</header>"
        f'<road name="plain" length="{length}" id="1" junction="-1"><type s="0" type="town"/><planView>'
        f'<geometry s="0" x="{x}" y="{y}" hdg="0" length="{length}"><line/></geometry></planView><elevationProfile>'
        f'<elevation s="0" a="0" b="{grade}" c="0" d="0"/></elevationProfile><lateralProfile>'
        f'<superelevation s="0" a="{np.arctan(bank)}" b="0" c="0" d="0"/></lateralProfile><lanes><laneSection s="0">'
        f'<left>{left}</left><center><lane id="0" type="none" level="false"/></center><right>{right}</right>'
        "</laneSection></lanes></road></OpenDRIVE>"
    )


def make_car(pose, kind="vehicle.tesla.model3"):
    """Make a car without a world."""
    return Vehicle(1, [1, kind, []], pose, BLUEPRINTS[kind].read_attributes({}), CARS[kind])


def level_footing(season="summer", **road):
    """Make the ground of a plain."""
    return Footing(Terrain(RoadNetwork.parse(plain_document(**road)), 1), season)


def drive(cars, footing, ticks, delta=0.05, weather=None):
    """Let cars drive, each as its control says."""
    weather = weather or Weather()
    for _ in range(ticks):
        for car in cars:
            car.advance(delta, SETTINGS)
        footing.settle(cars, weather, delta)
