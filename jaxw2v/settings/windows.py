"""Windows: which neighbors of a center are its contexts."""

from dataclasses import dataclass

from jaxw2v.settings.checks import need


@dataclass(frozen=True)
class WindowSettings:
    """How far a center looks to both sides: see `training.windows`."""

    window: int  # the farthest context, in kept tokens to each side
    dynamic: bool  # reach drawn uniformly from 1..window for each center; false: always window

    def __post_init__(self):
        need(1 <= self.window <= 1000, "windows.window", self.window, "use 1 to 1000")
