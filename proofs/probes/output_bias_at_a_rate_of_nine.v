(* The limit of the output bias at rates up to 9 in place of 8. *)
(* expected: Error: Tactic failure: Cannot find witness. *)
From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
From InitSymmetry Require Import RealArithmetic OutputBias.
Local Open Scope R_scope.

Lemma with_the_hypothesis rate p b : 0 < rate <= 8 -> 0 < p < 1 ->
  (forall t, b (S t) = b t - rate * (sigma (b t) - p)) -> is_lim_seq b (log_odds p).
Proof. intros small between. apply gradient_descent_on_a_bias_tends_to_the_log_odds; lra. Qed.

Theorem with_another rate p b : 0 < rate <= 9 -> 0 < p < 1 ->
  (forall t, b (S t) = b t - rate * (sigma (b t) - p)) -> is_lim_seq b (log_odds p).
Proof. intros small between. apply gradient_descent_on_a_bias_tends_to_the_log_odds; lra. Qed.
