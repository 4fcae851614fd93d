(* Decay 4 in place of 8, where the rigidity is 7. *)
(* expected: Error: Tactic failure: Cannot find witness. *)
From Coq Require Import Reals List Lia Lra.
Import ListNotations.
From InitSymmetry Require Import Network Training Arithmetic Integers RealArithmetic NeverMerge
  DecayMerges.
Local Open Scope R_scope.

Definition s := sizes [2; 3; 1]%nat.
Definition one_example : batch R := Batch 1 (fun _ _ => 1) (fun _ _ => 1).

Definition merges (decay : R) : Prop :=
  forall start, Rabs (weight start 2 0 1) <= 1 / 2 ->
  let run := trained_with_decay reals Tanh SigmoidCrossEntropy (1 / 16) decay decay 2 s
    one_example start in
  Un_cv (fun t => distance 2 0 1 (run t)) 0.

Lemma merges_if_decay_is_enough decay :
  2 <= decay <= 16 -> 1 / decay <= 1 / 2 -> rigidity 2 2 1 1 (1 / 2) < decay -> merges decay.
Proof.
  intros range outgoing enough start V run.
  apply (tanh_units_with_enough_decay_merge_in_the_limit 2 3 one_example 0 1 1 (1 / 2));
    try lra; try exact enough.
  - cbn. lia.
  - intros. cbn. rewrite Rabs_R1. lra.
  - intros. cbn. lra.
Qed.

Lemma with_the_hypothesis : merges 8.
Proof. apply merges_if_decay_is_enough; [lra | lra | unfold rigidity; cbn [INR]; lra]. Qed.

Theorem with_another : merges 4.
Proof. apply merges_if_decay_is_enough; [lra | lra | unfold rigidity; cbn [INR]; lra]. Qed.
