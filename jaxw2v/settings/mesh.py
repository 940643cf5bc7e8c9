"""How the devices of a machine share the work."""

from dataclasses import dataclass

from jaxw2v.settings.checks import need

MOST_DEVICES = 1024


@dataclass(frozen=True)
class MeshSettings:
    """Sizes of the axes of a mesh of devices, beside the replicas: see `training.mesh`."""

    data: int  # devices that share the tokens of a step, which has so many times train.step_tokens
    column: int  # devices that share the matrices, by dimension
    runs: int  # devices that share the runs of a population

    def __post_init__(self):
        for key in ("data", "column", "runs"):
            value = getattr(self, key)
            remedy = f"use 1 (none) or more, {MOST_DEVICES} at most"
            need(1 <= value <= MOST_DEVICES, f"train.mesh.{key}", value, remedy)
