"""Targets: the ratios that the suite is judged by, and where each is found."""

from attrs import frozen

from pgcore.running.suite.figures import Figure
from pgcore.running.suite.run import Run


@frozen
class Target:
    """A ratio with the value that it should reach at least and the one to aim for; ``most``: it should stay below them."""

    what: str
    row: str
    label: str
    least: float
    aim: float
    at: str = ""
    most: bool = False

    def figure(self, run: Run) -> Figure | None:
        """What was measured, if it was."""
        finding = run.finding(self.row)
        return None if finding is None else finding.figure(self.label, self.at)

    def reached(self, figure: Figure) -> str:
        """In a word."""
        sign = -1 if self.most else 1
        if sign * figure.value >= sign * self.aim:
            return "aim reached"
        return "reached" if sign * figure.value >= sign * self.least else "**not reached**"


TARGETS = (
    Target("loop with pandapower : one environment, PettingZoo", "single", "loop : env", 100, 400),
    Target("Grid2Op with lightsim2grid, 14 buses : one environment, 75 buses", "grid2op", "Grid2Op : env", 2.5, 7),
    Target("loop with pandapower : an environment of 1,024 on all cores", "batches", "loop : env, B = 1024, the faster of both ways", 3000, 10000),
    Target("cost of a microgrid, of 100 : of 3", "sizes", "cost of a microgrid at n = 100 : n = 3", 0.5, 0.2, most=True),
    Target("distributed : centralized, agents, fastest backend", "modes", "distributed : centralized", 2, 1.3, "auto, agents", most=True),
    Target("distributed : centralized, devices, pandapower", "modes", "distributed : centralized", 1.06, 1.02, "pandapower, devices", most=True),
)
