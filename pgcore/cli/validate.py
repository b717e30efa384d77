"""``pgcore validate``: check a spec and show every problem at once."""

from typing import TYPE_CHECKING

import click

from pgcore.cli.options import pass_catalog, set_option, spec_argument
from pgcore.cli.wording import counted

if TYPE_CHECKING:
    from pgcore.catalog import Catalog
    from pgcore.spec.linked import Linked


@click.command()
@spec_argument
@set_option
@pass_catalog
def validate(catalog: "Catalog", spec: str, sets: tuple[str, ...]) -> None:
    """Check SPEC against the installed plugins, its network and its profiles.

    Exit status 2 and all problems with their places when there are any.
    """
    from pgcore.spec.links import link
    from pgcore.spec.load import load_spec

    click.echo(_summary(link(load_spec(spec, catalog=catalog, sets=sets))))


def _summary(linked: "Linked") -> str:
    topology, episode = linked.network.topology, linked.spec.episode
    parts = [
        counted(len(linked.agents), "agent"),
        counted(len(linked.devices), "device"),
        counted(len(linked.series), "profile"),
        f"network of {counted(len(topology), 'bus', 'buses')}",
        counted(len(topology.lines), "line"),
        counted(len(topology.trafos), "transformer"),
        f"episodes of {counted(episode.steps, 'step')} of {episode.step_min:g} min",
    ]
    return "ok: " + ", ".join(parts)
