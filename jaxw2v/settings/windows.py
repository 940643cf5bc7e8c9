"""Windows: which neighbors of a center are its contexts."""

from dataclasses import dataclass

from jaxw2v.settings.checks import need, one_of


@dataclass(frozen=True)
class WindowSettings:
    """The contexts of a center: see `training.windows`."""

    window: int  # the farthest context, in kept tokens to each side
    dynamic: bool  # the reach of each center is uniform in 1..window; false: always window
    removed: str  # tokens that subsampling removed; skip: windows reach over them; count: they count as distance

    def __post_init__(self):
        need(1 <= self.window <= 1000, "windows.window", self.window, "use 1 to 1000")
        one_of("windows.removed", self.removed, ("skip", "count"))
