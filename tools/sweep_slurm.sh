#!/usr/bin/env bash
# A Slurm array of one sweep: every task trains its share of the runs, stops in time and is queued
# again until all are finished.
# usage: sbatch [--array=1-N] tools/sweep_slurm.sh SWEEP.toml [OPTIONS OF regrow sweep]
# REGROW names the program (default: build/regrow, from where sbatch was called).
#SBATCH --job-name=regrow-sweep
#SBATCH --array=1-4
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=4
#SBATCH --mem=4G
#SBATCH --time=04:00:00
#SBATCH --signal=B:USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=regrow-sweep-%A_%a.log
set -euo pipefail
sweep=${1:?usage: sbatch [--array=1-N] tools/sweep_slurm.sh SWEEP.toml [OPTIONS OF regrow sweep]}
shift
regrow=${REGROW:-build/regrow}
: "${SLURM_ARRAY_TASK_ID:?is to be submitted by sbatch, as an array}"

# Slurm signals the script alone (B:): two minutes before the end it asks the sweep to stop, which
# writes the state of every run.
"$regrow" sweep "$sweep" --shard "$SLURM_ARRAY_TASK_ID/${SLURM_ARRAY_TASK_COUNT:-1}" "$@" &
child=$!
trap 'kill -USR1 "$child"' USR1
# scancel: what was cancelled is not queued again.
trap 'kill -TERM "$child"' TERM
code=0
wait "$child" || code=$?
# A trapped signal ends the first wait; the child is still writing.
while kill -0 "$child" 2>/dev/null; do
  code=0
  wait "$child" || code=$?
done

case "$code" in
  0) echo "all runs of this share are finished" ;;
  # 128 + SIGUSR1, or not all are finished: there is more to do.
  138|3) scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}" ;;
  *) exit "$code" ;;
esac
