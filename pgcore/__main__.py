"""``python -m pgcore`` is the ``pgcore`` command."""

from pgcore.cli import main

main(prog_name="pgcore")
