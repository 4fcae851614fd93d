(** Decay merges: where weight decay δ is larger than the constant C of NeverMerge.v, one step at
    rate α brings two units closer by the factor abs(1 − αδ) + αC, which is below 1 if α(δ + C) < 2.
    So their distance tends to zero.  It is never zero at a step, if α(δ + C) < 1.

    Decay has to reach the biases, too: spared, they may keep two units apart for ever. *)

From Coq Require Import Reals List Arith Lia Lra.
Import ListNotations.
From InitSymmetry Require Import Network Training Arithmetic Twins Integers RealArithmetic
  Activations Xor NeverMerge.
Local Open Scope R_scope.

(** Gradient descent with decay apart from the gradient, as the shipped optimiser has it: a
    parameter becomes (1 − αδ) times itself, less α times its gradient.  The shipped optimiser
    spares the biases: their δ is zero. *)
Definition decaying {T} (o : ops T) (rate weight_decay bias_decay : T) : rule T unit :=
  let move decay gradient (v : T * unit) :=
    (sub o (mul o (sub o (one o) (mul o rate decay)) (fst v)) (mul o rate gradient), tt) in
  Rule (fun _ _ _ => move weight_decay) (fun _ _ => move bias_decay).

Definition trained_with_decay {T} (o : ops T) (g : activation) (c : loss)
    (rate weight_decay bias_decay : T) (depth : nat) (width : nat -> nat) (B : batch T)
    (p : parameters T) (t : nat) : parameters T :=
  values (train (fun _ => ordinary o g c) (fun _ => decaying o rate weight_decay bias_decay)
    depth width (fun _ => B) (plain p) t).

Lemma the_factor_is_below_one rate decay C :
  0 < rate -> 0 <= C -> C < decay -> rate * (decay + C) < 2 ->
  0 <= Rabs (1 - rate * decay) + rate * C < 1.
Proof.
  intros Hr HC above small. pose proof (Rabs_pos (1 - rate * decay)).
  assert (0 <= rate * C) by (apply Rmult_le_pos; lra).
  assert (rate * C < rate * decay) by (apply Rmult_lt_compat_l; lra).
  split; [lra|].
  assert (Rabs (1 - rate * decay) < 1 - rate * C) by (apply Rabs_def1; lra). lra.
Qed.

Lemma a_difference_after_decay rate decay x y d e b :
  0 <= rate -> Rabs (d - e) <= b ->
  let q := Rabs (1 - rate * decay) in
  q * Rabs (x - y) - rate * b
  <= Rabs ((1 - rate * decay) * x - rate * d - ((1 - rate * decay) * y - rate * e))
  <= q * Rabs (x - y) + rate * b.
Proof.
  intros Hr H q. unfold q. rewrite <- Rabs_mult.
  replace ((1 - rate * decay) * x - rate * d - ((1 - rate * decay) * y - rate * e))
    with ((1 - rate * decay) * (x - y) - rate * (d - e)) by ring.
  pose proof (Rabs_triang_inv ((1 - rate * decay) * (x - y)) (rate * (d - e))) as lower.
  pose proof (Rabs_triang ((1 - rate * decay) * (x - y)) (- (rate * (d - e)))) as upper.
  rewrite Rabs_Ropp in upper. rewrite (Rabs_mult rate), (Rabs_right rate) in lower, upper by lra.
  assert (rate * Rabs (d - e) <= rate * b) by now apply Rmult_le_compat_l.
  unfold Rminus in *. lra.
Qed.

Section TwoUnits.
Variables (g : activation) (c : loss) (inputs units : nat) (B : batch R) (i k : nat).
Variables (bend top miss out rate decay : R).
Let K := ordinary reals g c.
Let s := sizes [inputs; units; 1]%nat.
Let C := rigidity inputs bend top miss out.
Let q := Rabs (1 - rate * decay).
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
Let D := miss * ((1 + out * bend * top) * S).
Let next := values (step K (decaying reals rate decay decay) 2 s B p).

Theorem one_step_with_decay_changes_the_distance_by_a_factor_between_two_bounds :
  (q - rate * C) * S <= distance inputs i k next <= (q + rate * C) * S.
Proof.
  assert (W : forall h, (h < inputs)%nat ->
    q * Rabs (weight v 1 i h - weight v 1 k h) - rate * (top * D)
    <= Rabs (weight next 1 i h - weight next 1 k h)
    <= q * Rabs (weight v 1 i h - weight v 1 k h) + rate * (top * D)).
  { intros h Hh. apply (a_difference_after_decay rate decay); [exact rate_is_positive|].
    now apply (row_gradients_are_close g c inputs units). }
  assert (b : q * Rabs (bias v 1 i - bias v 1 k) - rate * D
    <= Rabs (bias next 1 i - bias next 1 k) <= q * Rabs (bias v 1 i - bias v 1 k) + rate * D).
  { apply (a_difference_after_decay rate decay); [exact rate_is_positive|].
    now apply (bias_gradients_are_close g c inputs units). }
  assert (o : q * Rabs (weight v 2 0 i - weight v 2 0 k) - rate * (miss * (top * S))
    <= Rabs (weight next 2 0 i - weight next 2 0 k)
    <= q * Rabs (weight v 2 0 i - weight v 2 0 k) + rate * (miss * (top * S))).
  { apply (a_difference_after_decay rate decay); [exact rate_is_positive|].
    now apply (outgoing_gradients_are_close g c inputs units) with (bend := bend). }
  assert (Rows : q * sum inputs (fun h => Rabs (weight v 1 i h - weight v 1 k h))
      - INR inputs * (rate * (top * D))
    <= sum inputs (fun h => Rabs (weight next 1 i h - weight next 1 k h))
    <= q * sum inputs (fun h => Rabs (weight v 1 i h - weight v 1 k h))
      + INR inputs * (rate * (top * D))).
  { rewrite <- sum_of_equals, <- sum_scaled, <- sum_minus, <- sum_plus.
    split; apply sum_le; intros h Hh; now apply W. }
  assert (E : rate * (C * S) =
    INR inputs * (rate * (top * D)) + rate * D + rate * (miss * (top * S))).
  { unfold C, rigidity, D. ring. }
  rewrite Rmult_minus_distr_r, Rmult_plus_distr_r, !Rmult_assoc, E.
  clearbody D. unfold S, distance in *. rewrite !Rmult_plus_distr_l in *. lra.
Qed.

Lemma the_rigidity_is_not_negative : 0 <= C.
Proof.
  assert (0 <= miss).
  { eapply Rle_trans; [apply Rabs_pos | apply (residuals_are_bounded 0); exact some_example]. }
  assert (0 <= out) by (eapply Rle_trans; [apply Rabs_pos | exact outgoing_is_bounded]).
  pose proof (pos_INR inputs). unfold C, rigidity.
  assert (0 <= out * bend * top) by (repeat apply Rmult_le_pos; lra).
  assert (0 <= INR inputs * top) by (apply Rmult_le_pos; lra).
  apply Rmult_le_pos; [assumption|].
  apply Rplus_le_le_0_compat; [apply Rmult_le_pos|]; lra.
Qed.

End OneStep.

Variable start : parameters R.
Let run t := trained_with_decay reals g c rate decay decay 2 s B start t.

Definition bounded_before (t : nat) : Prop :=
  (forall u j, (u < t)%nat -> (j < examples B)%nat -> Rabs (dz K 2 s B (run u) 2 0 j) <= miss) /\
  (forall u, (u < t)%nat -> Rabs (weight (run u) 2 0 k) <= out).

Lemma one_step_of_the_run t : bounded_before (S t) ->
  (q - rate * C) * distance inputs i k (run t) <= distance inputs i k (run (S t))
    <= (q + rate * C) * distance inputs i k (run t) /\ 0 <= C.
Proof.
  intros [residuals outgoing]. split.
  - apply one_step_with_decay_changes_the_distance_by_a_factor_between_two_bounds.
    + intros j Hj. apply (residuals t); [lia | exact Hj].
    + apply (outgoing t). lia.
  - apply (the_rigidity_is_not_negative
      (train (fun _ => K) (fun _ => decaying reals rate decay decay) 2 s (fun _ => B)
        (plain start) t)).
    + intros j Hj. apply (residuals t); [lia | exact Hj].
    + apply (outgoing t). lia.
Qed.

Theorem with_decay_two_units_approach_at_least_geometrically t :
  bounded_before t ->
  distance inputs i k (run t) <= (q + rate * C) ^ t * distance inputs i k start.
Proof.
  induction t as [|t IH]; intro bounded; [cbn [pow]; rewrite Rmult_1_l; apply Rle_refl|].
  destruct (one_step_of_the_run t bounded) as [[_ upper] HC].
  assert (0 <= q + rate * C).
  { apply Rplus_le_le_0_compat; [apply Rabs_pos | now apply Rmult_le_pos]. }
  cbn [pow]. rewrite Rmult_assoc. eapply Rle_trans; [exact upper|].
  apply Rmult_le_compat_l; [assumption|]. apply IH.
  split; intros; apply bounded; auto with arith.
Qed.

Theorem with_decay_two_units_approach_no_faster_than_geometrically t :
  rate * C <= q -> bounded_before t ->
  (q - rate * C) ^ t * distance inputs i k start <= distance inputs i k (run t).
Proof.
  intro small. induction t as [|t IH]; intro bounded;
    [cbn [pow]; rewrite Rmult_1_l; apply Rle_refl|].
  destruct (one_step_of_the_run t bounded) as [[lower _] HC].
  cbn [pow]. rewrite Rmult_assoc. eapply Rle_trans; [|exact lower].
  apply Rmult_le_compat_l; [lra|]. apply IH.
  split; intros; apply bounded; auto with arith.
Qed.

Theorem with_enough_decay_the_distance_of_two_units_tends_to_zero :
  0 < rate -> C < decay -> rate * (decay + C) < 2 -> (forall t, bounded_before t) ->
  Un_cv (fun t => distance inputs i k (run t)) 0.
Proof.
  intros positive above small bounded.
  destruct (one_step_of_the_run 0 (bounded 1%nat)) as [_ HC].
  destruct (the_factor_is_below_one rate decay C positive HC above small) as [low high].
  fold q in low, high.
  set (S0 := distance inputs i k start).
  assert (pos : forall t, 0 <= distance inputs i k (run t)).
  { intro t. apply S_is_not_negative. }
  assert (pos0 : 0 <= S0) by exact (pos 0%nat).
  intros e He. destruct (pow_lt_1_zero (q + rate * C)) with (y := e / (S0 + 1)) as [N HN].
  - rewrite Rabs_right; lra.
  - apply Rdiv_lt_0_compat; lra.
  - exists N. intros t Ht. unfold R_dist. rewrite Rminus_0_r, Rabs_right by apply Rle_ge, pos.
    specialize (HN t Ht). rewrite Rabs_right in HN by now apply Rle_ge, pow_le.
    eapply Rle_lt_trans; [apply with_decay_two_units_approach_at_least_geometrically, bounded|].
    fold S0. apply Rle_lt_trans with ((q + rate * C) ^ t * (S0 + 1)).
    + apply Rmult_le_compat_l; [now apply pow_le | lra].
    + apply (Rmult_lt_compat_r (S0 + 1)) in HN; [|lra].
      unfold Rdiv in HN. rewrite (Rmult_assoc e), Rinv_l in HN; lra.
Qed.

(** In the limit, not at a step. *)
Theorem with_decay_two_units_never_merge_at_a_step t :
  rate * (decay + C) < 1 -> 0 < distance inputs i k start -> bounded_before t ->
  ~ twins s 1 i k (run t).
Proof.
  intros small apart bounded equal.
  apply (twins_have_no_distance inputs units B) in equal; [|exact some_example].
  assert (below : rate * C < q).
  { unfold q. pose proof (Rle_abs (1 - rate * decay)). lra. }
  pose proof (with_decay_two_units_approach_no_faster_than_geometrically t
    (Rlt_le _ _ below) bounded) as bound.
  rewrite equal in bound. assert (0 < (q - rate * C) ^ t) by (apply pow_lt; lra).
  assert (0 < (q - rate * C) ^ t * distance inputs i k start) by now apply Rmult_lt_0_compat. lra.
Qed.

End TwoUnits.

(** With tanh units, cross-entropy and labels between 0 and 1 the bounds need not be assumed:
    decay itself keeps an outgoing weight below the larger of its start and 1/δ. *)
Section Tanh.
Variables (inputs units : nat) (B : batch R) (i k : nat) (top out rate decay : R).
Variable start : parameters R.
Let K := ordinary reals Tanh SigmoidCrossEntropy.
Let s := sizes [inputs; units; 1]%nat.
Let run t := trained_with_decay reals Tanh SigmoidCrossEntropy rate decay decay 2 s B start t.
Hypothesis some_example : (0 < examples B)%nat.
Hypothesis top_is_at_least_one : 1 <= top.
Hypothesis inputs_are_bounded :
  forall h j, (h < inputs)%nat -> (j < examples B)%nat -> Rabs (input B h j) <= top.
Hypothesis labels_are_probabilities : forall j, (j < examples B)%nat -> 0 <= label B 0 j <= 1.
Hypothesis rate_is_positive : 0 < rate.
Hypothesis decay_shrinks : 0 < decay /\ rate * decay <= 1.
Hypothesis outgoing_starts_below : Rabs (weight start 2 0 k) <= out /\ 1 / decay <= out.

Lemma decay_bounds_the_outgoing_weights t : Rabs (weight (run t) 2 0 k) <= out.
Proof.
  induction t as [|t IH]; [exact (proj1 outgoing_starts_below)|].
  set (w := weight (run t) 2 0 k) in *. set (d := dW K 2 s B (run t) 2 0 k).
  change (Rabs ((1 - rate * decay) * w - rate * d) <= out).
  assert (G : Rabs d <= 1).
  { apply (an_outgoing_gradient_is_at_most_one inputs units); assumption. }
  assert (one : 1 <= decay * out).
  { destruct outgoing_starts_below as [_ H]. apply (Rmult_le_compat_l decay) in H; [|lra].
    unfold Rdiv in H. rewrite Rmult_1_l, Rinv_r in H; lra. }
  unfold Rminus at 1. eapply Rle_trans; [apply Rabs_triang|].
  rewrite Rabs_Ropp, !Rabs_mult, (Rabs_right rate), (Rabs_right (1 - rate * decay)) by lra.
  assert ((1 - rate * decay) * Rabs w <= (1 - rate * decay) * out)
    by (apply Rmult_le_compat_l; lra).
  assert (rate * Rabs d <= rate * (decay * out)) by (apply Rmult_le_compat_l; lra). lra.
Qed.

Let C := rigidity inputs 2 top 1 out.

Lemma tanh_units_are_bounded t :
  bounded_before Tanh SigmoidCrossEntropy inputs units B k 1 out rate decay start t.
Proof.
  split; intros.
  - apply (cross_entropy_residuals_are_at_most_one inputs units); assumption.
  - apply decay_bounds_the_outgoing_weights.
Qed.

(** No hypothesis about the run: only about start, data, rate and decay. *)
Theorem tanh_units_with_enough_decay_merge_in_the_limit :
  C < decay -> Un_cv (fun t => distance inputs i k (run t)) 0.
Proof.
  intro above.
  apply (with_enough_decay_the_distance_of_two_units_tends_to_zero Tanh SigmoidCrossEntropy
    inputs units B i k 2 top 1 out); try assumption; try lra;
    [exact tanh_is_gentle | | exact tanh_units_are_bounded].
  assert (rate * C < rate * decay) by (apply Rmult_lt_compat_l; lra). fold C. lra.
Qed.

End Tanh.

(** An instance with numbers: on XOR, with decay 8 and rate 1/16, two tanh units, one of them with
    outgoing weight at most 1/2, lose between one and fifteen sixteenths of their distance at every
    step: they merge in the limit, and at no step. *)
Theorem on_xor_decay_merges_two_tanh_units_in_the_limit units i k start :
  Rabs (weight start 2 0 k) <= 1 / 2 ->
  let s := sizes [2; units; 1]%nat in
  let run t := trained_with_decay reals Tanh SigmoidCrossEntropy (1 / 16) 8 8 2 s xor start t in
  forall t,
  (1 / 16) ^ t * distance 2 i k start <= distance 2 i k (run t)
    <= (15 / 16) ^ t * distance 2 i k start.
Proof.
  intros V s run t.
  assert (rigid : rigidity 2 2 1 1 (1 / 2) = 7) by (unfold rigidity; cbn [INR]; lra).
  assert (inputs : forall h j, (h < 2)%nat -> (j < examples xor)%nat -> Rabs (input xor h j) <= 1).
  { intros h j Hh Hj. destruct h as [|[|h]]; [| | lia];
      (destruct j as [|[|[|[|j]]]]; [| | | | cbn in Hj; lia]); cbn; apply Rabs_le; lra. }
  assert (labels : forall j, (j < examples xor)%nat -> 0 <= label xor 0 j <= 1).
  { intros j Hj. destruct j as [|[|[|[|j]]]]; [| | | | cbn in Hj; lia]; cbn; lra. }
  assert (bounded : bounded_before Tanh SigmoidCrossEntropy 2 units xor k 1 (1 / 2) (1 / 16) 8
    start t).
  { apply tanh_units_are_bounded; try assumption; try lra; cbn; lia. }
  assert (half : Rabs (1 - 1 / 16 * 8) = 1 / 2) by (rewrite Rabs_right; lra).
  split.
  - replace (1 / 16) with (Rabs (1 - 1 / 16 * 8) - 1 / 16 * rigidity 2 2 1 1 (1 / 2)) at 1 by lra.
    apply with_decay_two_units_approach_no_faster_than_geometrically; try assumption; try lra;
      [cbn; lia | exact tanh_is_gentle].
  - replace (15 / 16) with (Rabs (1 - 1 / 16 * 8) + 1 / 16 * rigidity 2 2 1 1 (1 / 2)) by lra.
    apply with_decay_two_units_approach_at_least_geometrically; try assumption; try lra;
      [cbn; lia | exact tanh_is_gentle].
Qed.

(** Decay of the weights alone may bring no two units closer: where all weights, labels and output
    biases are zero nothing is missed and nothing decays, so that the hidden biases stay apart. *)
Section SparedBiases.
Variables (g : activation) (rate decay : R).
Let K := ordinary reals g IdentitySquaredError.
Let s := sizes [1; 2; 1]%nat.
Let B : batch R := Batch 1 (fun _ _ => 1) (fun _ _ => 0).
Let start : parameters R :=
  Parameters (fun _ _ _ => 0) (fun l i => match l, i with 1%nat, 0%nat => 1 | _, _ => 0 end).

Lemma nothing_is_missed p :
  (forall l i h, weight p l i h = 0) -> (forall i, bias p 2 i = 0) ->
  forall l i j, dz K 2 s B p l i j = 0.
Proof.
  intros zero_weights zero_biases l. unfold dz. generalize (2 - l)%nat as n.
  intros [|n] i j.
  - cbn [delta miss K ordinary residual sub reals label B]. unfold K. rewrite z_is_a_sum.
    rewrite sum_of_zeros by (intros; rewrite zero_weights; ring). rewrite zero_biases. ring.
  - cbn [delta pull backflow K ordinary mul reals]. rewrite inner_is_a_sum.
    rewrite sum_of_zeros by (intros; rewrite zero_weights; ring). ring.
Qed.

Theorem decay_that_spares_the_biases_may_leave_units_apart_forever t :
  distance 1 0 1 (trained_with_decay reals g IdentitySquaredError rate decay 0 2 s B start t) = 1.
Proof.
  set (run t := trained_with_decay reals g IdentitySquaredError rate decay 0 2 s B start t).
  assert (same : (forall l i h, weight (run t) l i h = 0) /\
                 (forall l i, bias (run t) l i = bias start l i)).
  { induction t as [|t [weights biases]]; [now split|].
    assert (none : forall l i j, dz K 2 s B (run t) l i j = 0).
    { apply nothing_is_missed; [exact weights | intro; now rewrite biases]. }
    split; intros l i.
    - intro h. change (weight (run (S t)) l i h) with
        ((1 - rate * decay) * weight (run t) l i h - rate * dW K 2 s B (run t) l i h).
      unfold K. rewrite dW_is_a_mean, weights. fold K.
      rewrite sum_of_zeros by (intros; rewrite none; ring). unfold Rdiv. ring.
    - change (bias (run (S t)) l i) with
        ((1 - rate * 0) * bias (run t) l i - rate * db K 2 s B (run t) l i).
      unfold K. rewrite db_is_a_mean, biases. fold K.
      rewrite sum_of_zeros by (intros; apply none). unfold Rdiv. ring. }
  destruct same as [weights biases]. fold (run t). unfold distance. cbn [sum].
  rewrite !weights, !biases. cbn [bias start]. rewrite Rminus_0_r, Rminus_0_r, Rabs_R1, Rabs_R0.
  ring.
Qed.

End SparedBiases.
