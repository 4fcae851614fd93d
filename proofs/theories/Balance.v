(** Balance: a hidden unit's row and bias receive together what its outgoing weights receive.

    Both sides are means over the examples: of da·g′(z)·z for row and bias, of da·g(z) for the
    outgoing weights.  They agree where z·g′(z) = g(z), the slope at the kink being the code's.
    One step of gradient descent then changes |row|² + bias² − |outgoing weights|² in the second
    order of the rate only, by an exact amount. *)

From Coq Require Import Reals List Arith Lia Lra.
Import ListNotations.
From InitSymmetry Require Import Network Training Arithmetic Integers RealArithmetic Activations.
Local Open Scope R_scope.

(** z·g′(z) = g(z) for every z, 0 included. *)
Definition homogeneous (g : activation) : Prop :=
  forall z, z * slope reals g z (act reals g z) = act reals g z.

Lemma relu_is_homogeneous : homogeneous Relu.
Proof.
  intro z. cbn. unfold relu_of, heaviside_of. destruct (Rlt_dec 0 z).
  - rewrite Rmax_right by lra. ring.
  - rewrite Rmax_left by lra. ring.
Qed.

Theorem the_homogeneous_activations_are_relu_leaky_relu_and_identity g :
  homogeneous g <-> g = Relu \/ g = LeakyRelu \/ g = Identity.
Proof.
  split.
  - destruct g; intro H; auto; exfalso.
    + specialize (H 0). cbn in H. pose proof (sigma_is_between_zero_and_one 0). lra.
    + specialize (H 2). cbn in H. rewrite tanh_is_a_sigma in H.
      assert (S : 16 / 17 < sigma (2 * 2)).
      { unfold sigma. replace (2 * 2) with (1 + 1 + (1 + 1)) by ring.
        rewrite exp_Ropp, !exp_plus. pose proof (exp_ineq1 1 ltac:(lra)) as E.
        assert (F : 4 < exp 1 * exp 1).
        { replace 4 with (2 * 2) by ring. apply Rmult_le_0_lt_compat; lra. }
        assert (G : 16 < exp 1 * exp 1 * (exp 1 * exp 1)).
        { replace 16 with (4 * 4) by ring. apply Rmult_le_0_lt_compat; lra. }
        assert (I : / (exp 1 * exp 1 * (exp 1 * exp 1)) < / 16)
          by (apply Rinv_lt_contravar; [apply Rmult_lt_0_compat|]; lra).
        pose proof (Rinv_0_lt_compat (exp 1 * exp 1 * (exp 1 * exp 1)) ltac:(lra)).
        replace (16 / 17) with (/ (1 + / 16)) by field.
        apply Rinv_lt_contravar; [apply Rmult_lt_0_compat|]; lra. }
      pose proof (sigma_is_between_zero_and_one (2 * 2)).
      assert (225 / 289 < (2 * sigma (2 * 2) - 1) * (2 * sigma (2 * 2) - 1)).
      { replace (225 / 289) with (15 / 17 * (15 / 17)) by field.
        apply Rmult_le_0_lt_compat; lra. }
      lra.
    + specialize (H 1). cbn in H. pose proof (sigma_is_between_zero_and_one 1).
      assert (0 < sigma 1 * (1 - sigma 1)) by (apply Rmult_lt_0_compat; lra). lra.
  - intros [-> | [-> | ->]].
    + exact relu_is_homogeneous.
    + intro z. reflexivity.
    + intro z. cbn. ring.
Qed.

(** dW and db, arranged like the parameters they belong to. *)
Definition gradient (K : kernel R) depth width B (p : parameters R) : parameters R :=
  Parameters (dW K depth width B p) (db K depth width B p).

(** |row|² + bias² − |outgoing weights|² of unit i of layer l. *)
Definition imbalance (width : nat -> nat) (p : parameters R) (l i : nat) : R :=
  sum (width (pred l)) (fun h => weight p l i h * weight p l i h) + bias p l i * bias p l i
  - sum (width (S l)) (fun h => weight p (S l) h i * weight p (S l) h i).

(** What row and bias receive equals what the outgoing weights receive. *)
Definition balanced (K : kernel R) depth width B (p : parameters R) (l i : nat) : Prop :=
  sum (width (pred l)) (fun h => weight p l i h * dW K depth width B p l i h)
    + bias p l i * db K depth width B p l i
  = sum (width (S l)) (fun h => weight p (S l) h i * dW K depth width B p (S l) h i).

Section Balance.
Variables (g : activation) (c : loss) (depth : nat) (width : nat -> nat) (B : batch R).
Let K := ordinary reals g c.

Lemma a_sum_of_means n m (w : nat -> R) (d : nat -> nat -> R) :
  sum n (fun h => w h * (sum m (d h) / INR m)) =
  sum m (fun j => sum n (fun h => w h * d h j)) / INR m.
Proof.
  unfold Rdiv. rewrite <- (sum_swap n m (fun h j => w h * d h j)), <- sum_scaled_right.
  apply sum_ext. intros h _. rewrite sum_scaled. ring.
Qed.

(** For any activation. *)
Theorem row_and_bias_receive_the_mean_of_z_times_dz p l i :
  sum (width (pred l)) (fun h => weight p l i h * dW K depth width B p l i h)
    + bias p l i * db K depth width B p l i
  = sum (examples B) (fun j => z K width B p l i j * dz K depth width B p l i j) / INR (examples B).
Proof.
  unfold K. rewrite db_is_a_mean.
  rewrite (sum_ext _ _ (fun h => weight p l i h * (sum (examples B) (fun j =>
    dz K depth width B p l i j * a K width B p (pred l) h j) / INR (examples B))))
    by (intros; now rewrite dW_is_a_mean).
  rewrite a_sum_of_means. unfold Rdiv.
  rewrite <- Rmult_assoc, <- sum_scaled, <- Rmult_plus_distr_r, <- sum_plus. f_equal.
  apply sum_ext. intros j _. fold K.
  pose proof (z_is_a_sum g c width B p l i j) as Z. fold K in Z.
  rewrite Z, Rmult_plus_distr_r, <- sum_scaled_right.
  f_equal. apply sum_ext. intros h _. ring.
Qed.

(** For any activation. *)
Theorem outgoing_weights_receive_the_mean_of_a_times_da p l i :
  sum (width (S l)) (fun h => weight p (S l) h i * dW K depth width B p (S l) h i)
  = sum (examples B) (fun j => a K width B p l i j * da K depth width B p l i j) / INR (examples B).
Proof.
  rewrite (sum_ext _ _ (fun h => weight p (S l) h i * (sum (examples B) (fun j =>
    dz K depth width B p (S l) h j * a K width B p l i j) / INR (examples B))))
    by (intros; unfold K; now rewrite dW_is_a_mean).
  rewrite a_sum_of_means. f_equal. apply sum_ext. intros j _.
  pose proof (da_is_a_sum g c depth width B p l i j) as D. fold K in D. rewrite D, <- sum_scaled.
  apply sum_ext. intros h _. ring.
Qed.

Theorem units_with_a_homogeneous_activation_are_balanced p l i :
  homogeneous g -> (1 <= l < depth)%nat -> balanced K depth width B p l i.
Proof.
  intros H hidden. unfold balanced.
  rewrite row_and_bias_receive_the_mean_of_z_times_dz.
  rewrite outgoing_weights_receive_the_mean_of_a_times_da.
  f_equal. apply sum_ext. intros j _. rewrite dz_of_a_hidden_layer, a_is_the_squashed_z by lia.
  cbn [pull squash K ordinary mul reals].
  transitivity (z K width B p l i j *
      slope reals g (z K width B p l i j) (act reals g (z K width B p l i j))
      * da K depth width B p l i j); [ring|]. now rewrite H.
Qed.

Lemma squares_after_a_step n rate (w d : nat -> R) :
  sum n (fun h => (w h - rate * d h) * (w h - rate * d h)) =
  sum n (fun h => w h * w h) - 2 * rate * sum n (fun h => w h * d h)
    + rate * rate * sum n (fun h => d h * d h).
Proof. rewrite <- !sum_scaled, <- sum_minus, <- sum_plus. apply sum_ext. intros. ring. Qed.

(** At every step t of gradient descent with one rate, biases trained. *)
Theorem a_step_adds_the_squared_rate_times_the_imbalance_of_the_gradient rate p l i t :
  homogeneous g -> (1 <= l < depth)%nat ->
  let at_step := trained reals g c rate depth width B p in
  imbalance width (at_step (S t)) l i
  = imbalance width (at_step t) l i
    + rate * rate * imbalance width (gradient K depth width B (at_step t)) l i.
Proof.
  intros H hidden at_step.
  pose proof (units_with_a_homogeneous_activation_are_balanced (at_step t) l i H hidden) as E.
  assert (W : forall l i h, weight (at_step (S t)) l i h =
    weight (at_step t) l i h - rate * dW K depth width B (at_step t) l i h) by reflexivity.
  assert (b : bias (at_step (S t)) l i =
    bias (at_step t) l i - rate * db K depth width B (at_step t) l i) by reflexivity.
  unfold imbalance, gradient. cbn [weight bias]. rewrite b.
  rewrite (sum_ext (width (pred l)) _ _ (fun h _ => f_equal2 Rmult (W l i h) (W l i h))).
  rewrite (sum_ext (width (S l)) _ _ (fun h _ => f_equal2 Rmult (W (S l) h i) (W (S l) h i))).
  rewrite !squares_after_a_step. unfold balanced in E. rewrite <- E. ring.
Qed.

Theorem the_imbalance_changes_by_the_squared_rate_times_a_sum_over_the_steps rate p l i t :
  homogeneous g -> (1 <= l < depth)%nat ->
  let at_step := trained reals g c rate depth width B p in
  imbalance width (at_step t) l i
  = imbalance width p l i + rate * rate *
      sum t (fun s => imbalance width (gradient K depth width B (at_step s)) l i).
Proof.
  intros H hidden at_step. induction t as [|t IH].
  - unfold at_step, trained. cbn [train sum]. rewrite a_plain_start_has_its_own_values. ring.
  - cbn [sum]. unfold at_step at 1.
    rewrite a_step_adds_the_squared_rate_times_the_imbalance_of_the_gradient by assumption.
    fold (at_step t). rewrite IH. ring.
Qed.

End Balance.

(** No other activation will do, even for one unit, one example and one output. *)
Theorem only_homogeneous_activations_are_balanced g :
  (forall B p, balanced (ordinary reals g IdentitySquaredError) 2 (fun _ => 1%nat) B p 1 0) ->
  homogeneous g.
Proof.
  intros H x. set (K := ordinary reals g IdentitySquaredError).
  set (p := Parameters (fun _ _ _ => 1) (fun _ _ => 0)).
  set (B := Batch 1 (fun _ _ => x) (fun _ _ => act reals g x - 1)).
  set (one := fun _ : nat => 1%nat).
  set (c := IdentitySquaredError) in *.
  pose proof (row_and_bias_receive_the_mean_of_z_times_dz g c 2 one B p 1 0) as L.
  pose proof (outgoing_weights_receive_the_mean_of_a_times_da g c 2 one B p 1 0) as M.
  pose proof (eq_trans (eq_sym L) (eq_trans (H B p) M)) as E. clear L M. fold K in E.
  change (examples B) with 1%nat in E.
  cbn [sum INR] in E.
  assert (Z : z K one B p 1 0 0 = x)
    by (unfold K; rewrite z_is_a_sum; cbn; ring).
  assert (D : da K 2 one B p 1 0 0 = 1).
  { unfold K. rewrite da_is_a_sum. fold K. change (one 2%nat) with 1%nat. cbn [sum].
    rewrite (dz_of_the_output K 2).
    cbn [miss K ordinary residual sub reals]. unfold K. rewrite z_is_a_sum. fold K.
    change (one (pred 2)) with 1%nat. cbn [sum pred].
    rewrite a_is_the_squashed_z, Z by lia. cbn. ring. }
  rewrite dz_of_a_hidden_layer, a_is_the_squashed_z, Z, D in E by lia.
  cbn [pull squash K ordinary mul reals] in E. lra.
Qed.
