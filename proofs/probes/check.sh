#!/bin/sh
# A probe is a trace of a step that is NOT the model's.  It must fail, and for the right reason:
#   - everything before its last theorem compiles (so it is no typing slip),
#   - the failing line is that theorem's,
#   - the message is the list of entries that differ, and it is the list the probe announces in
#     its comment `expected:`.
# The control: the same file without the fault is accepted.
set -eu
cd "$(dirname "$0")/.."
: "${COQC:=coqc}"
flags="-q -w -ambiguous-paths -Q theories InitSymmetry"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
say() { echo "probe: $*" >&2; status=1; }

for probe in probes/*.v; do
  name=$(basename "$probe" .v)
  line=$(grep -n '^Theorem trace_is_model_step' "$probe" | cut -d: -f1)
  head -n $((line - 1)) "$probe" > "$work/head_$name.v"
  $COQC $flags "$work/head_$name.v" > /dev/null 2>&1 || say "$name: fails before its theorem"
  cp "$probe" "$work/$name.v"
  if $COQC $flags "$work/$name.v" > /dev/null 2> "$work/$name.err"; then
    case $name in control_*) continue ;; *) say "$name: was ACCEPTED"; continue ;; esac
  fi
  case $name in
    control_*) say "$name: the control was rejected"; cat "$work/$name.err" >&2; continue ;;
  esac
  grep -q "line $((line + 1))," "$work/$name.err" || say "$name: failed on another line"
  found=$(tr '\n' ' ' < "$work/$name.err" | tr -s ' ' |
    sed -nE 's/.*Unable to unify "\[\]" with "\[([^]]*)\]".*/\1/p')
  expected=$(sed -nE 's/.*expected: (.*) \*\)$/\1/p' "$probe")
  [ -n "$expected" ] && [ "$found" = "$expected" ] || {
    say "$name: rejected for another reason"
    echo " expected: $expected" >&2; echo " found:    $found" >&2; }
done
exit $status
