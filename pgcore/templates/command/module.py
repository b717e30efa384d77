"""The command ``pgcore ACME``: a look at what is installed, to be changed into your command."""

import click


@click.command("ACME")
@click.argument("kind", default="device")
def acme_command(kind: str) -> None:
    """List the installed types of KIND (device, backend, …), each with the first line of what it says about itself."""
    import pgcore  # here, so that finding the command imports nothing

    try:
        found = pgcore.Catalog.discover().types(kind)
    except ValueError as error:  # no such kind: the message names those that there are
        raise click.BadParameter(str(error)) from error
    for name, thing in found.items():
        click.echo(f"{name}: {(thing.__doc__ or '').partition(chr(10))[0]}")
