(** At small rates two different units never merge: one step shrinks their distance by a factor
    of at most 1 - αC, with C explicit.  The distance is between units (row, bias and outgoing
    weight), not between rows.

    The reason: units at distance S have gradients at distance at most C·S, because the
    activation and its slope are Lipschitz, so a step of size α can undo at most αC·S of S. *)

From Coq Require Import Reals List Arith Lia Lra.
Import ListNotations.
From InitSymmetry Require Import Network Training Arithmetic Twins Integers RealArithmetic
  Activations Xor.
Local Open Scope R_scope.

(** The sum of absolute differences of units [i] and [k] of a shallow network with one output. *)
Definition distance (inputs i k : nat) (p : parameters R) : R :=
  sum inputs (fun h => Rabs (weight p 1 i h - weight p 1 k h))
  + Rabs (bias p 1 i - bias p 1 k) + Rabs (weight p 2 0 i - weight p 2 0 k).

(** Slopes between 0 and 1 that are Lipschitz with constant [bend]. *)
Definition gentle (g : activation) (bend : R) : Prop :=
  (forall u, Rabs (slope reals g u (act reals g u)) <= 1) /\
  (forall u v, Rabs (slope reals g u (act reals g u) - slope reals g v (act reals g v))
               <= bend * Rabs (u - v)).

Theorem tanh_is_gentle : gentle Tanh 2.
Proof.
  split; intro u; cbn.
  - pose proof (the_slope_of_tanh_is_between_zero_and_one u). apply Rabs_le. lra.
  - intro v. set (x := Rtrigo_def.tanh u). set (y := Rtrigo_def.tanh v).
    pose proof (tanh_is_between_minus_one_and_one u) as Bx. fold x in Bx.
    pose proof (tanh_is_between_minus_one_and_one v) as By. fold y in By.
    replace (1 - x * x - (1 - y * y)) with ((- (x + y)) * (x - y)) by ring.
    rewrite Rabs_mult. apply Rmult_le_compat; try apply Rabs_pos.
    + apply Rabs_le. lra.
    + apply (all_but_silu_are_lipschitz Tanh v u). discriminate.
Qed.

Theorem sigma_is_gentle : gentle Sigmoid 1.
Proof.
  split; intro u; cbn.
  - pose proof (the_slope_of_sigma_is_at_most_a_quarter u). apply Rabs_le. lra.
  - intro v. set (x := sigma u). set (y := sigma v).
    pose proof (sigma_is_between_zero_and_one u) as Bx. fold x in Bx.
    pose proof (sigma_is_between_zero_and_one v) as By. fold y in By.
    replace (x * (1 - x) - y * (1 - y)) with ((1 - x - y) * (x - y)) by ring.
    rewrite Rabs_mult. apply Rmult_le_compat; try apply Rabs_pos.
    + apply Rabs_le. lra.
    + apply (all_but_silu_are_lipschitz Sigmoid v u). discriminate.
Qed.

Theorem identity_is_gentle : gentle Identity 0.
Proof.
  split; intro u; cbn; [rewrite Rabs_R1; lra|].
  intro v. replace (1 - 1) with 0 by ring. rewrite Rabs_R0. lra.
Qed.

Lemma a_mean_is_bounded m f b :
  (0 < m)%nat -> (forall j, (j < m)%nat -> Rabs (f j) <= b) -> Rabs (sum m f / INR m) <= b.
Proof.
  intros Hm H. assert (P : 0 < INR m) by now apply lt_0_INR.
  unfold Rdiv. rewrite Rabs_mult, (Rabs_right (/ INR m)).
  2: apply Rle_ge, Rlt_le, Rinv_0_lt_compat, P.
  apply Rmult_le_reg_r with (INR m); [exact P|].
  rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  eapply Rle_trans; [apply sum_abs|]. rewrite (Rmult_comm b), <- sum_of_equals.
  now apply sum_le.
Qed.

(** The constant: [top] bounds inputs and is at least 1, [miss] bounds residuals, [out] bounds
    one of the two outgoing weights. *)
Definition rigidity (inputs : nat) (bend top miss out : R) : R :=
  miss * ((INR inputs * top + 1) * (1 + out * bend * top) + top).

Section TwoUnits.
Variables (g : activation) (c : loss) (inputs units : nat) (B : batch R) (i k : nat).
Variables (bend top miss out rate : R).
Let K := ordinary reals g c.
Let s := sizes [inputs; units; 1]%nat.
Let C := rigidity inputs bend top miss out.
Hypothesis some_example : (0 < examples B)%nat.
Hypothesis kind : gentle g bend.
Hypothesis bend_is_not_negative : 0 <= bend.
Hypothesis top_is_at_least_one : 1 <= top.
Hypothesis inputs_are_bounded :
  forall h j, (h < inputs)%nat -> (j < examples B)%nat -> Rabs (input B h j) <= top.
Hypothesis rate_is_positive : 0 <= rate.

Section OneStep.
Variable p : parameters (R * unit).
Let v := values p.
Hypothesis residuals_are_bounded :
  forall j, (j < examples B)%nat -> Rabs (dz K 2 s B v 2 0 j) <= miss.
Hypothesis outgoing_is_bounded : Rabs (weight v 2 0 k) <= out.

Let S := distance inputs i k v.

Let miss_is_not_negative : 0 <= miss.
Proof.
  eapply Rle_trans; [apply Rabs_pos | apply (residuals_are_bounded 0)]. exact some_example.
Qed.

Let out_is_not_negative : 0 <= out.
Proof. eapply Rle_trans; [apply Rabs_pos | apply outgoing_is_bounded]. Qed.

Let rows := sum inputs (fun h => Rabs (weight v 1 i h - weight v 1 k h)).

Let the_parts_of_the_distance :
  0 <= rows /\ S = rows + Rabs (bias v 1 i - bias v 1 k) + Rabs (weight v 2 0 i - weight v 2 0 k).
Proof. split; [|reflexivity]. apply sum_nonnegative. intros. apply Rabs_pos. Qed.

Lemma preactivations_are_close j :
  (j < examples B)%nat -> Rabs (z K s B v 1 i j - z K s B v 1 k j) <= top * S.
Proof.
  intro Hj. unfold K. rewrite !z_is_a_sum. cbn [pred]. change (s 0%nat) with inputs.
  match goal with |- Rabs (?x + ?y - (?x' + ?y')) <= _ =>
    replace (x + y - (x' + y')) with ((x - x') + (y - y')) by ring end.
  rewrite <- sum_minus. eapply Rle_trans; [apply Rabs_triang|].
  destruct the_parts_of_the_distance as [pos ->].
  pose proof (Rabs_pos (bias v 1 i - bias v 1 k)) as P1.
  pose proof (Rabs_pos (weight v 2 0 i - weight v 2 0 k)) as P2.
  assert (E : Rabs (sum inputs (fun h => weight v 1 i h * a (ordinary reals g c) s B v 0 h j
      - weight v 1 k h * a (ordinary reals g c) s B v 0 h j)) <= top * rows).
  { eapply Rle_trans; [apply sum_abs|]. unfold rows. rewrite <- sum_scaled. apply sum_le.
    intros h Hh. cbn [a]. rewrite <- Rmult_minus_distr_r, Rabs_mult, Rmult_comm.
    apply Rmult_le_compat_r; [apply Rabs_pos | now apply inputs_are_bounded]. }
  assert (Rabs (bias v 1 i - bias v 1 k) <= top * Rabs (bias v 1 i - bias v 1 k)).
  { rewrite <- (Rmult_1_l (Rabs _)) at 1. now apply Rmult_le_compat_r. }
  assert (0 <= top * Rabs (weight v 2 0 i - weight v 2 0 k)) by (apply Rmult_le_pos; lra).
  lra.
Qed.

Lemma deltas_are_close j :
  (j < examples B)%nat ->
  Rabs (dz K 2 s B v 1 i j - dz K 2 s B v 1 k j) <= miss * ((1 + out * bend * top) * S).
Proof.
  intro Hj. pose proof (preactivations_are_close j Hj) as close.
  assert (F : forall u, dz K 2 s B v 1 u j = dz K 2 s B v 2 0 j *
    (weight v 2 0 u * slope reals g (z K s B v 1 u j) (act reals g (z K s B v 1 u j)))).
  { intro u. rewrite dz_of_a_hidden_layer by lia.
    pose proof (da_is_a_sum g c 2 s B v 1 u j) as D. fold K in D. rewrite D.
    change (s 2%nat) with 1%nat. cbn [sum]. rewrite a_is_the_squashed_z by lia.
    cbn [pull squash K ordinary mul reals]. ring. }
  rewrite !F, <- Rmult_minus_distr_l, Rabs_mult.
  apply Rmult_le_compat; try apply Rabs_pos; [now apply residuals_are_bounded|].
  destruct kind as [flat bent].
  set (di := slope reals g (z K s B v 1 i j) (act reals g (z K s B v 1 i j))) in *.
  set (dk := slope reals g (z K s B v 1 k j) (act reals g (z K s B v 1 k j))) in *.
  replace (weight v 2 0 i * di - weight v 2 0 k * dk) with
    ((weight v 2 0 i - weight v 2 0 k) * di + weight v 2 0 k * (di - dk)) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. rewrite !Rabs_mult.
  rewrite Rmult_plus_distr_r. apply Rplus_le_compat.
  - rewrite Rmult_1_l. apply Rle_trans with (Rabs (weight v 2 0 i - weight v 2 0 k) * 1).
    + apply Rmult_le_compat_l; [apply Rabs_pos | apply flat].
    + destruct the_parts_of_the_distance as [pos ->].
      pose proof (Rabs_pos (bias v 1 i - bias v 1 k)). lra.
  - rewrite !Rmult_assoc. apply Rmult_le_compat; try apply Rabs_pos; [exact outgoing_is_bounded|].
    eapply Rle_trans; [apply bent|]. now apply Rmult_le_compat_l.
Qed.

Lemma S_is_not_negative : 0 <= S.
Proof.
  destruct the_parts_of_the_distance as [pos ->].
  pose proof (Rabs_pos (bias v 1 i - bias v 1 k)).
  pose proof (Rabs_pos (weight v 2 0 i - weight v 2 0 k)). lra.
Qed.

(** Gradients of units at distance S differ by at most C·S, all parameters together. *)
Let D := miss * ((1 + out * bend * top) * S).

Lemma row_gradients_are_close h : (h < inputs)%nat ->
  Rabs (dW K 2 s B v 1 i h - dW K 2 s B v 1 k h) <= top * D.
Proof.
  intro Hh. unfold K. rewrite !dW_is_a_mean. fold K. unfold Rdiv. rewrite <- Rmult_minus_distr_r.
  rewrite <- sum_minus. apply a_mean_is_bounded; [exact some_example|]. intros j Hj.
  cbn [pred a]. rewrite <- Rmult_minus_distr_r, Rabs_mult, Rmult_comm.
  apply Rmult_le_compat; try apply Rabs_pos;
    [now apply inputs_are_bounded | now apply deltas_are_close].
Qed.

Lemma bias_gradients_are_close : Rabs (db K 2 s B v 1 i - db K 2 s B v 1 k) <= D.
Proof.
  unfold K. rewrite !db_is_a_mean. fold K. unfold Rdiv. rewrite <- Rmult_minus_distr_r.
  rewrite <- sum_minus. apply a_mean_is_bounded; [exact some_example|]. intros j Hj.
  now apply deltas_are_close.
Qed.

Lemma outgoing_gradients_are_close :
  Rabs (dW K 2 s B v 2 0 i - dW K 2 s B v 2 0 k) <= miss * (top * S).
Proof.
  unfold K. rewrite !dW_is_a_mean. fold K. unfold Rdiv. rewrite <- Rmult_minus_distr_r.
  rewrite <- sum_minus. apply a_mean_is_bounded; [exact some_example|]. intros j Hj.
  cbn [pred]. rewrite <- Rmult_minus_distr_l, Rabs_mult.
  apply Rmult_le_compat; try apply Rabs_pos; [now apply residuals_are_bounded|].
  rewrite !a_is_the_squashed_z by lia. cbn [squash K ordinary].
  eapply Rle_trans; [apply (slopes_up_to_one_are_lipschitz _ _ _ (proj1 kind))|].
  now apply preactivations_are_close.
Qed.

Lemma the_bounds_add_up_to_the_rigidity :
  INR inputs * (top * D) + D + miss * (top * S) = C * S.
Proof. unfold C, rigidity, D. ring. Qed.

Let next := values (step K (gradient_descent reals rate) 2 s B p).

Lemma a_difference_shrinks_by_at_most x y d e b :
  Rabs (d - e) <= b -> Rabs (x - y) - rate * b <= Rabs ((x - rate * d) - (y - rate * e)).
Proof.
  intro H. replace (x - rate * d - (y - rate * e)) with ((x - y) - rate * (d - e)) by ring.
  pose proof (Rabs_triang_inv (x - y) (rate * (d - e))) as T.
  rewrite Rabs_mult, (Rabs_right rate) in T by lra.
  assert (rate * Rabs (d - e) <= rate * b) by now apply Rmult_le_compat_l. lra.
Qed.

Theorem one_step_shrinks_the_distance_by_at_most_one_minus_rate_times_rigidity :
  (1 - rate * C) * S <= distance inputs i k next.
Proof.
  assert (W : forall h, (h < inputs)%nat ->
    Rabs (weight v 1 i h - weight v 1 k h) - rate * (top * D)
    <= Rabs (weight next 1 i h - weight next 1 k h)).
  { intros h Hh. unfold next, gradient_descent. rewrite !a_weight_after_one_descent.
    cbn [sub mul reals]. fold v.
    now apply a_difference_shrinks_by_at_most, row_gradients_are_close. }
  assert (b : Rabs (bias v 1 i - bias v 1 k) - rate * D <= Rabs (bias next 1 i - bias next 1 k)).
  { unfold next, gradient_descent. rewrite !a_bias_after_one_descent.
    cbn [sub mul reals]. fold v.
    apply a_difference_shrinks_by_at_most, bias_gradients_are_close. }
  assert (o : Rabs (weight v 2 0 i - weight v 2 0 k) - rate * (miss * (top * S))
    <= Rabs (weight next 2 0 i - weight next 2 0 k)).
  { unfold next, gradient_descent. rewrite !a_weight_after_one_descent.
    cbn [sub mul reals]. fold v.
    apply a_difference_shrinks_by_at_most, outgoing_gradients_are_close. }
  assert (Rows : rows - INR inputs * (rate * (top * D))
    <= sum inputs (fun h => Rabs (weight next 1 i h - weight next 1 k h))).
  { unfold rows. rewrite <- sum_of_equals, <- sum_minus. now apply sum_le. }
  unfold distance at 1. rewrite Rmult_minus_distr_r, Rmult_1_l, Rmult_assoc.
  rewrite <- the_bounds_add_up_to_the_rigidity.
  destruct the_parts_of_the_distance as [_ ES]. fold next. rewrite ES at 1. lra.
Qed.

End OneStep.

Variable start : parameters R.
Let run t := trained reals g c rate 2 s B start t.

Theorem two_units_approach_no_faster_than_geometrically t :
  rate * C <= 1 ->
  (forall u j, (u < t)%nat -> (j < examples B)%nat -> Rabs (dz K 2 s B (run u) 2 0 j) <= miss) ->
  (forall u, (u < t)%nat -> Rabs (weight (run u) 2 0 k) <= out) ->
  (1 - rate * C) ^ t * distance inputs i k start <= distance inputs i k (run t).
Proof.
  intros small. induction t as [|t IH]; intros residuals outgoing.
  - rewrite pow_O, Rmult_1_l. apply Rle_refl.
  - cbn [pow]. rewrite Rmult_assoc.
    apply Rle_trans with ((1 - rate * C) * distance inputs i k (run t)).
    + apply Rmult_le_compat_l; [lra|]. apply IH; auto.
    + apply one_step_shrinks_the_distance_by_at_most_one_minus_rate_times_rigidity.
      * intros j Hj. apply (residuals t); [lia | exact Hj].
      * apply (outgoing t). lia.
Qed.

Lemma twins_have_no_distance p : twins s 1 i k p -> distance inputs i k p = 0.
Proof.
  intros (rows & biases & columns). unfold distance.
  rewrite biases, (columns 0%nat) by (cbn; lia).
  rewrite sum_of_zeros.
  - rewrite !Rminus_diag_eq, Rabs_R0 by reflexivity. ring.
  - intros h Hh. rewrite (rows h Hh), Rminus_diag_eq, Rabs_R0 by reflexivity. reflexivity.
Qed.

Theorem two_units_never_merge_at_small_rates t :
  rate * C < 1 -> 0 < distance inputs i k start ->
  (forall u j, (u < t)%nat -> (j < examples B)%nat -> Rabs (dz K 2 s B (run u) 2 0 j) <= miss) ->
  (forall u, (u < t)%nat -> Rabs (weight (run u) 2 0 k) <= out) ->
  ~ twins s 1 i k (run t).
Proof.
  intros small apart residuals outgoing equal.
  apply twins_have_no_distance in equal.
  pose proof (two_units_approach_no_faster_than_geometrically t (Rlt_le _ _ small) residuals outgoing)
    as bound.
  rewrite equal in bound. assert (0 < (1 - rate * C) ^ t) by (apply pow_lt; lra).
  assert (0 < (1 - rate * C) ^ t * distance inputs i k start) by now apply Rmult_lt_0_compat. lra.
Qed.

End TwoUnits.

(** With tanh or sigmoid units, cross-entropy and labels between 0 and 1 the bounds need not be
    assumed: residuals are at most 1, and an outgoing weight moves by at most the rate a step. *)
Section Tanh.
Variables (inputs units : nat) (B : batch R) (i k : nat) (top rate : R) (start : parameters R).
Let K := ordinary reals Tanh SigmoidCrossEntropy.
Let s := sizes [inputs; units; 1]%nat.
Let run t := trained reals Tanh SigmoidCrossEntropy rate 2 s B start t.
Hypothesis some_example : (0 < examples B)%nat.
Hypothesis top_is_at_least_one : 1 <= top.
Hypothesis inputs_are_bounded :
  forall h j, (h < inputs)%nat -> (j < examples B)%nat -> Rabs (input B h j) <= top.
Hypothesis labels_are_probabilities : forall j, (j < examples B)%nat -> 0 <= label B 0 j <= 1.
Hypothesis rate_is_positive : 0 <= rate.

Lemma cross_entropy_residuals_are_at_most_one p j :
  (j < examples B)%nat -> Rabs (dz K 2 s B p 2 0 j) <= 1.
Proof.
  intro Hj. rewrite (dz_of_the_output K 2 s). cbn [miss K ordinary residual sub reals sigmoid].
  pose proof (sigma_is_between_zero_and_one (z K s B p 2 0 j)).
  pose proof (labels_are_probabilities j Hj). apply Rabs_le. unfold K in *. lra.
Qed.

Lemma an_outgoing_gradient_is_at_most_one p : Rabs (dW K 2 s B p 2 0 k) <= 1.
Proof.
  unfold K. rewrite dW_is_a_mean. fold K. apply a_mean_is_bounded; [exact some_example|].
  intros j Hj. rewrite Rabs_mult, <- (Rmult_1_l 1).
  apply Rmult_le_compat; try apply Rabs_pos; [now apply cross_entropy_residuals_are_at_most_one|].
  cbn [pred]. rewrite a_is_the_squashed_z by lia. cbn [squash K ordinary act tanh reals].
  match goal with |- Rabs (Rtrigo_def.tanh ?u) <= _ =>
    pose proof (tanh_is_between_minus_one_and_one u) end. apply Rabs_le. lra.
Qed.

Lemma outgoing_weights_move_by_at_most_the_rate t :
  Rabs (weight (run t) 2 0 k) <= Rabs (weight start 2 0 k) + INR t * rate.
Proof.
  induction t as [|t IH]; [cbn; lra|].
  rewrite S_INR. unfold run, trained. cbn [train]. unfold gradient_descent at 1.
  rewrite a_weight_after_one_descent. fold (gradient_descent reals rate).
  cbn [sub mul reals]. fold K.
  match goal with |- Rabs (?w - rate * ?d) <= _ =>
    change w with (weight (run t) 2 0 k);
    assert (G : Rabs d <= 1) by apply an_outgoing_gradient_is_at_most_one end.
  unfold Rminus. eapply Rle_trans; [apply Rabs_triang|].
  rewrite Rabs_Ropp, Rabs_mult, (Rabs_right rate) by lra.
  match type of G with Rabs ?d <= _ =>
    assert (rate * Rabs d <= rate * 1) by now apply Rmult_le_compat_l end.
  lra.
Qed.

(** No hypothesis about the run: only about the start, the data, the rate and the horizon. *)
Theorem tanh_units_do_not_merge_up_to_a_horizon horizon :
  rate * rigidity inputs 2 top 1 (Rabs (weight start 2 0 k) + INR horizon * rate) < 1 ->
  0 < distance inputs i k start ->
  forall t, (t <= horizon)%nat -> ~ twins s 1 i k (run t).
Proof.
  intros small apart t Ht.
  apply (two_units_never_merge_at_small_rates Tanh SigmoidCrossEntropy inputs units B i k 2 top 1
    (Rabs (weight start 2 0 k) + INR horizon * rate) rate some_example tanh_is_gentle);
    try assumption; try lra.
  - intros u j _ Hj. now apply cross_entropy_residuals_are_at_most_one.
  - intros u Hu. eapply Rle_trans; [apply outgoing_weights_move_by_at_most_the_rate|].
    apply Rplus_le_compat_l, Rmult_le_compat_r; [exact rate_is_positive|].
    apply le_INR. lia.
Qed.

End Tanh.

(** An instance with numbers, so that the bound is seen not to be empty: on XOR, at rate 1/100,
    two different tanh units, one of them with outgoing weight at most 1/2, are different for
    a hundred steps. *)
Theorem on_xor_different_tanh_units_stay_different_for_a_hundred_steps units i k start :
  Rabs (weight start 2 0 k) <= 1 / 2 -> 0 < distance 2 i k start ->
  forall t, (t <= 100)%nat ->
  ~ twins (sizes [2; units; 1]%nat) 1 i k
      (trained reals Tanh SigmoidCrossEntropy (1 / 100) 2 (sizes [2; units; 1]%nat) xor start t).
Proof.
  intros V apart.
  apply (tanh_units_do_not_merge_up_to_a_horizon 2 units xor i k 1); try lra; try exact apart.
  - cbn. lia.
  - intros h j Hh Hj. destruct h as [|[|h]]; [| | lia];
      (destruct j as [|[|[|[|j]]]]; [| | | | cbn in Hj; lia]); cbn; apply Rabs_le; lra.
  - intros j Hj. destruct j as [|[|[|[|j]]]]; [| | | | cbn in Hj; lia]; cbn; lra.
  - unfold rigidity. rewrite (INR_IZR_INZ 100). cbn [Z.of_nat]. cbn. lra.
Qed.
