(** Parting: units with equal rows and biases, whatever their outgoing weights, differ after one
    step of gradient descent by an exact amount.

    Let c_j = Σ_o (v_oi − v_ok)·dz_oj be what comes back to unit i and not to unit k on example j.
    The rows part by −α times the mean of c_j·g′(z_j)·x_j, the biases by −α times the mean of
    c_j·g′(z_j), and the outgoing weights keep their difference. *)

From Coq Require Import Reals List Arith Lia Lra.
From InitSymmetry Require Import Network Training Arithmetic RealArithmetic.
Local Open Scope R_scope.

Section Parting.
Variables (g : activation) (c : loss) (depth : nat) (width : nat -> nat) (B : batch R)
  (p : parameters R) (rate : R) (l i k : nat).
Let K := ordinary reals g c.
Let next := trained reals g c rate depth width B p 1.
Hypothesis hidden : (1 <= l < depth)%nat.
Hypothesis equal_rows :
  forall h, (h < width (pred l))%nat -> weight p l i h = weight p l k h.
Hypothesis equal_biases : bias p l i = bias p l k.

(** g′ of the two units on example j, and the difference of what comes back to them. *)
Definition slope_on (j : nat) : R := slope reals g (z K width B p l k j) (a K width B p l k j).

Definition difference_on (j : nat) : R :=
  sum (width (S l)) (fun o =>
    (weight p (S l) o i - weight p (S l) o k) * dz K depth width B p (S l) o j).

Lemma equal_rows_give_equal_preactivations j : z K width B p l i j = z K width B p l k j.
Proof.
  unfold K. rewrite !z_is_a_sum, equal_biases. f_equal.
  apply sum_ext. intros h Hh. now rewrite equal_rows.
Qed.

Lemma equal_rows_give_equal_activations j : a K width B p l i j = a K width B p l k j.
Proof.
  rewrite !a_is_the_squashed_z by lia. now rewrite equal_rows_give_equal_preactivations.
Qed.

Lemma the_difference_of_the_deltas j :
  dz K depth width B p l i j - dz K depth width B p l k j = difference_on j * slope_on j.
Proof.
  rewrite !dz_of_a_hidden_layer by lia.
  rewrite equal_rows_give_equal_preactivations, equal_rows_give_equal_activations.
  cbn [pull K ordinary mul reals]. fold (slope_on j).
  pose proof (da_is_a_sum g c depth width B p l i j) as Di.
  pose proof (da_is_a_sum g c depth width B p l k j) as Dk. fold K in Di, Dk.
  rewrite Di, Dk, <- Rmult_minus_distr_r, <- sum_minus. f_equal.
  apply sum_ext. intros o _. ring.
Qed.

Lemma a_weight_after_the_step l' u h :
  weight next l' u h = weight p l' u h - rate * dW K depth width B p l' u h.
Proof.
  unfold next, trained. cbn [train]. unfold gradient_descent.
  now rewrite a_weight_after_one_descent, a_plain_start_has_its_own_values.
Qed.

Lemma a_bias_after_the_step l' u : bias next l' u = bias p l' u - rate * db K depth width B p l' u.
Proof.
  unfold next, trained. cbn [train]. unfold gradient_descent.
  now rewrite a_bias_after_one_descent, a_plain_start_has_its_own_values.
Qed.

(** After one step, weight h of the two rows. *)
Theorem equal_rows_part_by_an_exact_amount h : (h < width (pred l))%nat ->
  weight next l i h - weight next l k h =
  - rate * (sum (examples B) (fun j => difference_on j * slope_on j * a K width B p (pred l) h j)
            / INR (examples B)).
Proof.
  intro Hh.
  rewrite !a_weight_after_the_step, equal_rows by exact Hh. unfold K. rewrite !dW_is_a_mean. fold K.
  rewrite (sum_ext _ (fun j => difference_on j * slope_on j * _) (fun j =>
    dz K depth width B p l i j * a K width B p (pred l) h j
    - dz K depth width B p l k j * a K width B p (pred l) h j))
    by (intros; rewrite <- the_difference_of_the_deltas; ring).
  rewrite sum_minus. unfold Rdiv. ring.
Qed.

Theorem equal_biases_part_by_an_exact_amount :
  bias next l i - bias next l k =
  - rate * (sum (examples B) (fun j => difference_on j * slope_on j) / INR (examples B)).
Proof.
  rewrite !a_bias_after_the_step, equal_biases. unfold K. rewrite !db_is_a_mean. fold K.
  rewrite (sum_ext _ (fun j => difference_on j * slope_on j) (fun j =>
    dz K depth width B p l i j - dz K depth width B p l k j))
    by (intros; now rewrite the_difference_of_the_deltas).
  rewrite (sum_minus _ (fun j => dz K depth width B p l i j) (fun j => dz K depth width B p l k j)).
  unfold Rdiv. ring.
Qed.

(** The difference of the outgoing weights is what it was. *)
Theorem outgoing_weights_of_units_with_equal_rows_keep_their_difference o :
  weight next (S l) o i - weight next (S l) o k = weight p (S l) o i - weight p (S l) o k.
Proof.
  rewrite !a_weight_after_the_step.
  assert (E : dW K depth width B p (S l) o i = dW K depth width B p (S l) o k).
  { unfold K. rewrite !dW_is_a_mean. f_equal. apply sum_ext. intros j _. cbn [pred]. fold K.
    now rewrite equal_rows_give_equal_activations. }
  rewrite E. ring.
Qed.

(** The units stay equal if on each example they are dead (g′ = 0), nothing comes back from the
    layer above, or the difference of the outgoing weights is orthogonal to what comes back. *)
Theorem equal_rows_stay_equal_where_no_difference_comes_back :
  (forall j, (j < examples B)%nat ->
    slope_on j = 0 \/
    (forall o, (o < width (S l))%nat -> dz K depth width B p (S l) o j = 0) \/
    difference_on j = 0) ->
  (forall h, (h < width (pred l))%nat -> weight next l i h = weight next l k h) /\
  bias next l i = bias next l k.
Proof.
  intro none.
  assert (E : forall j, (j < examples B)%nat -> difference_on j * slope_on j = 0).
  { intros j Hj. destruct (none j Hj) as [-> | [silent | ->]]; [ring | | ring].
    unfold difference_on. rewrite sum_of_zeros; [ring|].
    intros o Ho. rewrite silent by exact Ho. ring. }
  split; [intros h Hh|]; apply Rminus_diag_uniq;
    rewrite ?equal_biases_part_by_an_exact_amount, ?equal_rows_part_by_an_exact_amount by exact Hh;
    rewrite sum_of_zeros; try (intros j Hj; rewrite E by exact Hj; ring); unfold Rdiv; ring.
Qed.

(** And only then up to cancellation: a weight parts exactly if rate and mean are not 0. *)
Theorem equal_rows_part_exactly_if_the_mean_of_the_difference_does_not_vanish h :
  (h < width (pred l))%nat ->
  weight next l i h <> weight next l k h <->
  rate <> 0 /\
  sum (examples B) (fun j => difference_on j * slope_on j * a K width B p (pred l) h j)
    / INR (examples B) <> 0.
Proof.
  intro Hh. pose proof (equal_rows_part_by_an_exact_amount h Hh) as E.
  set (mean := sum _ _ / _) in *. split.
  - intro other. split; intro N; apply other; rewrite N in E; lra.
  - intros [r m] same. assert (P : rate * mean = 0) by lra.
    apply Rmult_integral in P. tauto.
Qed.

End Parting.
