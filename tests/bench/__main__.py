"""Every measurement, one after the other: ``make bench``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

for script in sorted(Path(__file__).parent.glob("bench_*.py")):
    print(f"\n== {script.stem}", flush=True)
    subprocess.run([sys.executable, "-m", f"tests.bench.{script.stem}"], check=False)
