"""``python -m pgcore_fixedpoint``: compile the kernels now, so that no first solve waits for it."""

import subprocess
import sys

from pgcore_fixedpoint.readiness import LARGE, SMALL, ready

if __name__ == "__main__":
    small = subprocess.Popen([sys.executable, "-c", f"from pgcore_fixedpoint.readiness import ready; ready({SMALL})"])  # beside the large one
    ready(LARGE)
    sys.exit(small.wait())
