"""Windows: which neighbors of a center are its contexts."""

from dataclasses import dataclass

from jaxw2v.settings.checks import need


@dataclass(frozen=True)
class WindowSettings:
    """The contexts of a center: see `training.windows`."""

    window: int  # the farthest context, in kept tokens to each side
    dynamic: bool  # the reach of each center is uniform in 1..window; false: always window

    def __post_init__(self):
        need(1 <= self.window <= 1000, "windows.window", self.window, "use 1 to 1000")
