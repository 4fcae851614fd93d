(** A saturated output stops learning under squared error, and does not under cross-entropy. *)

From Coq Require Import Reals Lra.
From InitSymmetry Require Import Network Arithmetic RealArithmetic Activations BadRateMerge.
Local Open Scope R_scope.

Theorem squared_error_after_a_sigmoid_vanishes_when_saturated z all y :
  0 <= y <= 1 -> Rabs (residual reals SigmoidSquaredError z all y) <= exp (- Rabs z).
Proof.
  intro Y. cbn. pose proof (sigma_is_between_zero_and_one z) as S.
  pose proof (the_slope_of_sigma_is_at_most_a_quarter z) as Q.
  rewrite Rabs_mult, (Rabs_right (sigma z * (1 - sigma z))) by lra.
  apply Rle_trans with (1 * (sigma z * (1 - sigma z))).
  - apply Rmult_le_compat_r; [lra|]. apply Rabs_le. lra.
  - rewrite Rmult_1_l. apply the_slope_of_sigma_decays_exponentially.
Qed.

(** "Wrong" means on the wrong side of 1/2, or on it. *)
Theorem cross_entropy_keeps_at_least_one_half_wherever_the_answer_is_wrong z all y :
  (y = 1 /\ z <= 0) \/ (y = 0 /\ 0 <= z) ->
  1 / 2 <= Rabs (residual reals SigmoidCrossEntropy z all y).
Proof.
  cbn. intros [[-> H]|[-> H]]; pose proof (sigma_is_increasing _ _ H) as M;
    rewrite sigma_at_zero in M.
  - rewrite Rabs_left1; lra.
  - rewrite Rabs_right; lra.
Qed.
