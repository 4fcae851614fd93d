#!/bin/sh
# A probe must be rejected, and for the right reason.  There are two kinds:
#   - a trace of a step that is NOT the model's: its last theorem is `trace_is_model_step`;
#   - a theorem with a changed hypothesis.  The same proof with the hypothesis as it should be is
#     the lemma above it, so it is the change that makes it fail.
# For both:
#   - everything before its last theorem compiles (so it is no typing slip),
#   - the failing line is that theorem's proof,
#   - the message is the one that the probe announces in its comment `expected:`; of a trace, the
#     list of the entries that differ.
# The control: a trace without the fault is accepted.
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
  line=$(grep -n '^Theorem ' "$probe" | tail -n 1 | cut -d: -f1)
  proof=$(grep -n '^Proof\.' "$probe" | tail -n 1 | cut -d: -f1)
  head -n $((line - 1)) "$probe" > "$work/head_$name.v"
  $COQC $flags "$work/head_$name.v" > /dev/null 2>&1 || say "$name: fails before its theorem"
  cp "$probe" "$work/$name.v"
  if $COQC $flags "$work/$name.v" > /dev/null 2> "$work/$name.err"; then
    case $name in control_*) continue ;; *) say "$name: was ACCEPTED"; continue ;; esac
  fi
  case $name in
    control_*) say "$name: the control was rejected"; cat "$work/$name.err" >&2; continue ;;
  esac
  grep -q "line $proof," "$work/$name.err" || say "$name: failed on another line"
  found=$(tr '\n' ' ' < "$work/$name.err" | tr -s ' ')
  if grep -q '^Theorem trace_is_model_step' "$probe"; then
    found=$(echo "$found" | sed -nE 's/.*Unable to unify "\[\]" with "\[([^]]*)\]".*/\1/p')
  else
    [ "$(grep '^Proof\.' "$probe" | tail -n 2 | uniq -d | wc -l)" = 1 ] ||
      say "$name: the lemma above its theorem has another proof"
    found=$(echo "$found" | sed -E 's/.* (Error: |The term )/\1/; s/ $//')
  fi
  expected=$(sed -nE 's/.*expected: (.*) \*\)$/\1/p' "$probe")
  [ -n "$expected" ] && [ "$found" = "$expected" ] || {
    say "$name: rejected for another reason"
    echo " expected: $expected" >&2; echo " found:    $found" >&2; }
done
exit $status
