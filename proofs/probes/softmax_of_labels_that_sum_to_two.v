(* The deltas of a softmax, with labels that sum to 2 in place of 1. *)
(* expected: The term "labels" has type "labels_sum_to 2 (width depth) B" while it is expected to have type "labels_sum_to_one (width depth) B" (cannot unify "sum (width depth) (fun i : nat => label B i j) = 2" and "sum (width depth) (fun i : nat => label B i j) = 1"). *)
From Coq Require Import Reals.
From InitSymmetry Require Import Network Training Arithmetic RealArithmetic Softmax.
Local Open Scope R_scope.

Definition deltas_sum_to_zero g depth width B p : Prop :=
  let K := ordinary reals g SoftmaxCrossEntropy in
  forall j, (j < examples B)%nat -> sum (width depth) (fun i => dz K depth width B p depth i j) = 0.

Definition labels_sum_to (s : R) (outputs : nat) (B : batch R) : Prop :=
  forall j, (j < examples B)%nat -> sum outputs (fun i => label B i j) = s.

Lemma with_the_hypothesis g depth width B p (labels : labels_sum_to 1 (width depth) B) :
  deltas_sum_to_zero g depth width B p.
Proof. exact (the_deltas_of_a_softmax_sum_to_zero g depth width B p labels). Qed.

Theorem with_another g depth width B p (labels : labels_sum_to 2 (width depth) B) :
  deltas_sum_to_zero g depth width B p.
Proof. exact (the_deltas_of_a_softmax_sum_to_zero g depth width B p labels). Qed.
