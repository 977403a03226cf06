#!/usr/bin/env bash
# job.sh TASK COMMAND...: run a command for a scheduler. Says nothing when it succeeds and everything when it fails, ends as it ended, and leaves two
# metrics for node_exporter's textfile collector in LEADLIGHT_METRICS, beside those that `leadlight monitor` wrote. Numbers only, never a lead.
set -uo pipefail
task=$1
shift
metrics=${LEADLIGHT_METRICS:-/var/lib/node_exporter}

printed=$(mktemp)
trap 'rm -f "$printed"' EXIT
"$@" >"$printed" 2>&1
code=$?
[ "$code" = 0 ] || cat "$printed"

# Without node_exporter there is nobody to leave metrics for.
[ -n "${LEADLIGHT_METRICS:-}" ] || [ -d "$metrics" ] || exit "$code"

# Written beside and renamed: the collector reads whole files that end in .prom.
publish() {
  local draft="$metrics/.$1.$$"
  { cat >"$draft" && chmod 644 "$draft" && mv "$draft" "$metrics/$1"; } || echo "job.sh: $metrics cannot be written; no metrics were left there." >&2
}
publish "leadlight_job_$task.prom" <<METRICS
# HELP leadlight_job_exit_code How the last run of a job ended: 0 well, 6 not promoted, 7 a drift alarm, 8 a silent source.
# TYPE leadlight_job_exit_code gauge
leadlight_job_exit_code{task="$task"} $code
# HELP leadlight_job_finished_seconds When the last run of a job ended, seconds since 1970.
# TYPE leadlight_job_finished_seconds gauge
leadlight_job_finished_seconds{task="$task"} $(date +%s)
METRICS
found=${LEADLIGHT_HOME:-mlruns}/monitor/monitor.prom
[ "$task" = monitor ] && [ -f "$found" ] && publish leadlight_monitor.prom <"$found"
exit "$code"
