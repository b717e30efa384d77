"""Ailments: what to do about a plugin that failed to load."""

import re

from attrs import frozen

from pgcore.plugins.loading import ALLOW, Broken


@frozen
class Trouble:
    """One thing that is wrong, or could be better."""

    what: str
    mend: str = ""
    """What to do; empty where ``what`` says it."""
    grave: bool = True
    """Whether it has to be mended; what is merely slow or left unsaid has not."""


def ailment(broken: Broken, module: str = "") -> Trouble:
    """A failure as it is told to a user: the last line of its error, and how to mend it.

    Args:
        broken: the failure.
        module: the plugin's entry module.
    """
    last = broken.error.splitlines()[-1] if broken.error else "it failed without a word"
    where = {"import": f"importing {module or 'its module'}", "conflict": "", "requires": "", "hooks": ""}.get(broken.stage, f"{broken.stage}()")
    return Trouble(f"{where}: {last}" if where else last, _remedy(broken, module, last))


def _remedy(broken: Broken, module: str, last: str) -> str:
    if not broken.traceback:  # the loader's own words, which say what to do
        return ""
    missing = re.search(r"No module named '([\w.]+)'", last)
    if missing and missing[1].partition(".")[0] == module.partition(".")[0]:
        return f"its files are not where its entry point says; run pip install --force-reinstall --no-deps {broken.distribution}"
    if missing:
        return f"run pip install {missing[1].partition('.')[0]} (if the package has that name); {broken.distribution} should require it"
    return f"`pgcore plugins list --broken` shows the traceback, for its author; until then leave it out with {ALLOW}, or uninstall it"
