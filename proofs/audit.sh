#!/bin/sh
# What the theorems rest on, as text, compared with what was agreed.
# Every `Theorem` of theories/ and tie/ is a headline; a `Lemma` is a step.
set -eu
cd "$(dirname "$0")"
: "${COQC:=coqc}"
paths="-Q theories InitSymmetry -Q tie InitSymmetryTie"
flags="-q -w -ambiguous-paths $paths"
rm -rf .audit && mkdir .audit
status=0
fail() { echo "audit: $*" >&2; status=1; }

# 1. No hole and no new axiom in the sources.  Print Assumptions (2) sees through any spelling;
#    this names the line.
forbidden() {
  if grep "$@" theories/*.v tie/*.v probes/*.v; then fail "forbidden word in a source"; fi
}
forbidden -nE '^[[:space:]]*(Axioms?|Parameters?|Conjectures?)[[:space:]]+[(]?[a-z_]+[[:space:]]*:'
forbidden -nwE 'Admitted|admit|give_up|bypass_check|vm_cast_no_check|native_compute'
forbidden -nE 'Unset[[:space:]]+(Guard|Positivity|Universe)[[:space:]]+Checking'
#    A trace says one thing only, in one form.
constructors() {
  tr '\n' ' ' < theories/Arithmetic.v |
    sed -nE "s/.* Inductive $1 := ([^.]*)\..*/\1/p" | sed -E 's/ +\| +/|/g'
}
for f in tie/*.v; do
  [ -e "$f" ] || continue
  usual='^$|^\(\* .* \*\)$|^From Coq Require Import List\.$|^Import ListNotations\.$'
  usual="$usual|^From InitSymmetry Require Import Arithmetic FreeTerms Tie\.$"
  usual="$usual|^Definition n[0-9]+ := [A-Za-z0-9 ]+\.$|^Definition trace :=$"
  usual="$usual|^Definition n[0-9]+ := SoftmaxOf n[0-9]+ \[n[0-9]+(; n[0-9]+)*\]\.$"
  usual="$usual|^  ( |\[)[][n0-9(),; ]+[;.]$"
  grep -vE "$usual" "$f" > .audit/rest || true
  shape='^Theorem trace_is_model_step : trace = symbolic_step \[[0-9; ]+\]'
  shape="$shape ($(constructors activation)) ($(constructors loss)) [0-9]+\.$"
  proof="Proof. apply outcomes_without_differences_are_equal. vm_compute. reflexivity. Qed."
  { [ "$(wc -l < .audit/rest)" = 2 ] && head -n 1 .audit/rest | grep -qE "$shape" &&
    [ "$(tail -n 1 .audit/rest)" = "$proof" ]; } ||
    fail "$f is not of the form of TRACE-FORMAT.md"
done

# 2. The assumptions of every headline.
{
  for f in theories/*.v; do echo "From InitSymmetry Require $(basename "$f" .v)."; done
  for f in tie/*.v; do [ -e "$f" ] && echo "From InitSymmetryTie Require $(basename "$f" .v)."; done
  for f in theories/*.v tie/*.v; do
    [ -e "$f" ] || continue
    case $f in theories/*) root=InitSymmetry ;; *) root=InitSymmetryTie ;; esac
    module=$(basename "$f" .v)
    sed -nE 's/^Theorem ([A-Za-z0-9_]+).*/\1/p' "$f" | while read -r name; do
      echo "Goal True. idtac \"== $module.$name\". Abort."
      echo "Print Assumptions $root.$module.$name."
    done
  done
} > .audit/Audit.v
$COQC $flags .audit/Audit.v > .audit/all.txt
# Which shapes are in tie/ may change, so traces are not in the committed text: they must be closed.
awk '/^== trace_/ {skip=1} /^== / && !/^== trace_/ {skip=0} !skip' \
  .audit/all.txt > .audit/assumptions
awk '/^== trace_/ {n=$0; getline; if ($0 != "Closed under the global context") print n}' \
  .audit/all.txt > .audit/open_traces
[ -s .audit/open_traces ] && { cat .audit/open_traces >&2; fail "a trace rests on an axiom"; }
if [ "${1:-}" = --accept ]; then cp .audit/assumptions assumptions.expected; fi
diff -u assumptions.expected .audit/assumptions ||
  fail "assumptions differ from assumptions.expected"

# The record that the command embeds: theorem, axioms, hash of its source.
awk '/^== / {if (n != "") print n "\t" (ax == "" ? "none" : ax); n = $2; ax = ""; next}
     /^[A-Za-z_]+\.[A-Za-z_.]+( :|$)/ {split($1, q, " "); ax = ax (ax == "" ? "" : ",") q[1]}
     END {print n "\t" (ax == "" ? "none" : ax)}' .audit/all.txt |
while IFS="$(printf '\t')" read -r name axioms; do
  module=${name%%.*}
  f=theories/$module.v; [ -e "$f" ] || f=tie/$module.v
  printf '%s\t%s\t%s\n' "$name" "$axioms" "$(sha256sum "$f" | cut -d' ' -f1)"
done > .audit/record.tsv
if [ "${1:-}" = --accept ]; then cp .audit/record.tsv record.tsv; fi
diff -u record.tsv .audit/record.tsv || fail "the record that the command embeds is out of date"

# 3. What must be rejected is rejected, for the right reason.
./probes/check.sh || fail "a negative probe did not behave"

# 4. Every theorem named in the documents exists: `name` (File.v).
kinds='Theorem|Lemma|Definition|Record|Fixpoint|Inductive|Example'
sed -nE "s/^($kinds) ([A-Za-z0-9_]+).*/\2/p" theories/*.v tie/*.v |
  sort -u > .audit/known
grep -ohE '`[a-z0-9]+(_[a-z0-9]+)+`' README.md TRUST.md | tr -d '`' | sort -u > .audit/named
if comm -23 .audit/named .audit/known | grep .; then
  fail "the names above are in a document and in no source"
fi

theorems=$(grep -c '^== ' .audit/assumptions)
traces=$(grep -c '^== trace_' .audit/all.txt || true)
probes=$(ls probes/*.v | wc -l)
[ $status = 0 ] &&
  echo "audit: $theorems theorems, $traces traces, $probes probes; assumptions as expected"
exit $status
