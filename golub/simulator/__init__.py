"""An SMSC for demos and tests: a real SMPP 3.4 server whose recipients meet the fate their number ends with."""

from golub.simulator.fates import Fate, fate_of
from golub.simulator.simulator import Simulator, SimulatorSettings

__all__ = ["Fate", "Simulator", "SimulatorSettings", "fate_of"]
