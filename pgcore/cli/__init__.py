"""The ``pgcore`` command: one file a subcommand, each imported only when it is called."""

from pgcore.cli.group import Commands

__all__ = ["main"]

main = Commands(
    name="pgcore",
    help="Multi-agent control of power grids from one declarative spec.",
    epilog="Plugins may add commands of their own: `pgcore plugins list` names them.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
