(* Balance with SiLU in place of an activation with z·g′(z) = g(z). *)
(* expected: Error: Tactic failure: not a valid ring equation. *)
From Coq Require Import Reals Lra.
From InitSymmetry Require Import Network Training Arithmetic RealArithmetic Balance.
Local Open Scope R_scope.

Lemma with_the_hypothesis c depth width B p l i :
  (1 <= l < depth)%nat -> balanced (ordinary reals LeakyRelu c) depth width B p l i.
Proof. apply units_with_a_homogeneous_activation_are_balanced. intro z. cbn. ring. Qed.

Theorem with_another c depth width B p l i :
  (1 <= l < depth)%nat -> balanced (ordinary reals Silu c) depth width B p l i.
Proof. apply units_with_a_homogeneous_activation_are_balanced. intro z. cbn. ring. Qed.
