#!/usr/bin/env bash
# What a newcomer sees: the whole output of tools/quickstart.sh, and a figure of what it trained. The
# seconds in both are of this machine, so leave it alone meanwhile.
# usage: experiments/quickstart/run.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
here=experiments/quickstart

# What was built before is not built again, so that the seconds are of training alone.
tools/quickstart.sh | sed "s|$PWD|.|g" | tee "$here/output.txt"  # wherever the clone lies
"${PYTHON:-python3}" - >"$here/machine.txt" <<'END'
import os, subprocess
cpu = [line for line in subprocess.run(["lscpu"], capture_output=True, text=True).stdout.splitlines()
       if line.startswith(("Model name", "L2", "L3"))]
print("\n".join(" ".join(line.split()) for line in cpu))
print(f"processors used: {len(os.sched_getaffinity(0))}")
END
"${PYTHON:-python3}" "$here/figure.py" "$here/dense_beside_sparse" runs/quickstart/{dense,set,dynset}
