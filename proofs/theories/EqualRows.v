(** Equal rows are not the invariant: from W1 = 0, b1 = 0 the rows of two units differ after one
    step by exactly α · g'(0) · (v_i - v_k) · mean(r·x), so they separate if and only if none of
    these factors vanishes. *)

From Coq Require Import Reals List Arith Lia Lra.
Import ListNotations.
From InitSymmetry Require Import Network Training Arithmetic Integers RealArithmetic.
Local Open Scope R_scope.

Section OneStep.
Variables (g : activation) (c : loss) (inputs units : nat) (B : batch R) (p : parameters R).
Variable rate : R.
Let K := ordinary reals g c.
Let s := sizes [inputs; units; 1]%nat.
Let slope_at_zero := slope reals g 0 (act reals g 0).
Hypothesis zero_rows : forall i h, weight p 1 i h = 0.
Hypothesis zero_biases : forall i, bias p 1 i = 0.

Definition correlation (h : nat) : R :=
  sum (examples B) (fun j => dz K 2 s B p 2 0 j * input B h j) / INR (examples B).

Theorem rows_move_from_zero_in_proportion_to_the_outgoing_weight i h :
  weight (trained reals g c rate 2 s B p 1) 1 i h =
  - (rate * slope_at_zero * weight p 2 0 i * correlation h).
Proof.
  unfold trained. cbn [train]. unfold gradient_descent. rewrite a_weight_after_one_descent.
  rewrite a_plain_start_has_its_own_values. cbn [sub mul reals]. rewrite zero_rows.
  assert (Z1 : forall j, z K s B p 1 i j = 0).
  { intro j. unfold K. rewrite z_is_a_sum, zero_biases.
    rewrite sum_of_zeros; [ring|]. intros. rewrite zero_rows. ring. }
  rewrite dW_is_a_mean. fold K. unfold correlation.
  rewrite (sum_ext _ _ (fun j => slope_at_zero * weight p 2 0 i *
    (dz K 2 s B p 2 0 j * input B h j))).
  - rewrite sum_scaled. unfold Rdiv. ring.
  - intros j _. rewrite dz_of_a_hidden_layer by lia.
    rewrite (a_is_the_squashed_z K s B p 1) by lia. rewrite Z1.
    pose proof (da_is_a_sum g c 2 s B p 1 i j) as E. fold K in E. rewrite E.
    change (s 2%nat) with 1%nat. cbn [sum pull squash K ordinary mul reals pred a].
    unfold slope_at_zero. ring.
Qed.

Theorem zero_rows_separate_exactly_if_outgoing_weights_and_correlation_do i k h :
  weight (trained reals g c rate 2 s B p 1) 1 i h <> weight (trained reals g c rate 2 s B p 1) 1 k h
  <-> rate <> 0 /\ slope_at_zero <> 0 /\ weight p 2 0 i <> weight p 2 0 k /\ correlation h <> 0.
Proof.
  rewrite !rows_move_from_zero_in_proportion_to_the_outgoing_weight.
  split.
  - intro H. repeat split; intro E; apply H; rewrite E; ring.
  - intros (R0 & S0 & V & C0) E.
    assert (X : rate * slope_at_zero * correlation h * (weight p 2 0 i - weight p 2 0 k) = 0) by lra.
    apply Rmult_integral in X. destruct X as [X|X]; [|apply V; lra].
    apply Rmult_integral in X. destruct X as [X|X]; [|contradiction].
    apply Rmult_integral in X. destruct X; contradiction.
Qed.

End OneStep.
