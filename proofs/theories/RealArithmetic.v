(** The real numbers as an arithmetic, and sums of reals. *)

From Coq Require Import Reals List Arith Lia Lra.
From InitSymmetry Require Import Network Training Arithmetic Folds ZeroStaysZero.
Local Open Scope R_scope.

Definition sigma (z : R) : R := / (1 + exp (- z)).
Definition softplus_of (z : R) : R := ln (1 + exp z).
Definition relu_of (z : R) : R := Rmax 0 z.
(** The convention of the shipped code: the derivative of ReLU at 0 is 0. *)
Definition heaviside_of (z : R) : R := if Rlt_dec 0 z then 1 else 0.

Definition softmax_of (z : R) (all : list R) : R :=
  exp z / fold_left (fun acc u => acc + exp u) all 0.

Definition reals : ops R :=
  Ops 0 1 Rplus Rminus Rmult (fun x y z => z + x * y) Rdiv Ropp INR
    sigma Rtrigo_def.tanh softplus_of relu_of heaviside_of softmax_of.

Fixpoint sum (n : nat) (f : nat -> R) : R :=
  match n with O => 0 | S n' => sum n' f + f n' end.

Lemma inner_is_a_sum n f g :
  inner reals (vector n f) (vector n g) = sum n (fun k => f k * g k).
Proof. induction n as [|n IH]; [reflexivity|]. rewrite a_longer_product, IH. reflexivity. Qed.

Lemma total_is_a_sum n f : total reals (vector n f) = sum n f.
Proof. induction n as [|n IH]; [reflexivity|]. rewrite a_longer_sum, IH. reflexivity. Qed.

Lemma softmax_is_a_quotient z n f :
  softmax_of z (vector n f) = exp z / sum n (fun k => exp (f k)).
Proof.
  unfold softmax_of. f_equal. induction n as [|n IH]; [reflexivity|].
  rewrite a_longer_vector, fold_left_app. cbn [fold_left sum]. now rewrite IH.
Qed.

Lemma sum_ext n f g : (forall k, (k < n)%nat -> f k = g k) -> sum n f = sum n g.
Proof.
  induction n as [|n IH]; intro H; [reflexivity|]. cbn. rewrite IH, H; auto.
Qed.

Lemma sum_of_zeros n f : (forall k, (k < n)%nat -> f k = 0) -> sum n f = 0.
Proof. induction n as [|n IH]; intro H; cbn; [reflexivity|]. rewrite IH, H by auto. ring. Qed.

Lemma sum_plus n f g : sum n (fun k => f k + g k) = sum n f + sum n g.
Proof. induction n as [|n IH]; cbn; [ring|]. rewrite IH. ring. Qed.

Lemma sum_minus n f g : sum n (fun k => f k - g k) = sum n f - sum n g.
Proof. induction n as [|n IH]; cbn; [ring|]. rewrite IH. ring. Qed.

Lemma sum_scaled n c f : sum n (fun k => c * f k) = c * sum n f.
Proof. induction n as [|n IH]; cbn; [ring|]. rewrite IH. ring. Qed.

Lemma sum_scaled_right n c f : sum n (fun k => f k * c) = sum n f * c.
Proof. induction n as [|n IH]; cbn; [ring|]. rewrite IH. ring. Qed.

Lemma sum_of_equals n c : sum n (fun _ => c) = INR n * c.
Proof. induction n as [|n IH]; [cbn; ring|]. rewrite S_INR. cbn [sum]. rewrite IH. ring. Qed.

Lemma sum_swap n m f : sum n (fun i => sum m (fun j => f i j)) = sum m (fun j => sum n (fun i => f i j)).
Proof.
  induction n as [|n IH]; cbn.
  - symmetry. now apply sum_of_zeros.
  - now rewrite IH, sum_plus.
Qed.

Lemma sum_single n i f : (i < n)%nat -> (forall k, (k < n)%nat -> k <> i -> f k = 0) -> sum n f = f i.
Proof.
  induction n as [|n IH]; intros Hi H; [lia|]. cbn.
  destruct (Nat.eq_dec i n) as [->|].
  - rewrite sum_of_zeros; [ring|]. intros k Hk. apply H; lia.
  - rewrite IH, (H n) by (lia || (intros; apply H; lia)). ring.
Qed.

Lemma sum_le n f g : (forall k, (k < n)%nat -> f k <= g k) -> sum n f <= sum n g.
Proof.
  induction n as [|n IH]; intro H; cbn; [lra|].
  apply Rplus_le_compat; [apply IH; intros; apply H; lia | apply H; lia].
Qed.

Lemma sum_abs n f : Rabs (sum n f) <= sum n (fun k => Rabs (f k)).
Proof.
  induction n as [|n IH]; cbn; [rewrite Rabs_R0; lra|].
  eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Lemma sum_nonnegative n f : (forall k, (k < n)%nat -> 0 <= f k) -> 0 <= sum n f.
Proof.
  intro H. rewrite <- (sum_of_zeros n (fun _ => 0)) by reflexivity. now apply sum_le.
Qed.

Lemma sum_of_exponentials_is_positive n f :
  (0 < n)%nat -> 0 < sum n (fun k => exp (f k)).
Proof.
  induction n as [|n IH]; intro some; [lia|]. cbn [sum]. pose proof (exp_pos (f n)).
  destruct n; [cbn [sum]; lra|]. specialize (IH (Nat.lt_0_succ n)). lra.
Qed.

(** The ordinary kernel, in sums. *)
Section Formulas.
Context (g : activation) (c : loss) (depth : nat) (width : nat -> nat) (B : batch R)
  (p : parameters R).
Let K := ordinary reals g c.

Lemma z_is_a_sum l i j :
  z K width B p l i j =
  sum (width (pred l)) (fun k => weight p l i k * a K width B p (pred l) k j) + bias p l i.
Proof. unfold z. cbn. now rewrite inner_is_a_sum. Qed.

Lemma da_is_a_sum l i j :
  da K depth width B p l i j =
  sum (width (S l)) (fun k => weight p (S l) k i * dz K depth width B p (S l) k j).
Proof. unfold da. cbn. now rewrite inner_is_a_sum. Qed.

Lemma dW_is_a_mean l i k :
  dW K depth width B p l i k =
  sum (examples B) (fun j => dz K depth width B p l i j * a K width B p (pred l) k j)
    / INR (examples B).
Proof. unfold dW. cbn. now rewrite inner_is_a_sum, the_length_of_a_vector. Qed.

Lemma db_is_a_mean l i :
  db K depth width B p l i =
  sum (examples B) (fun j => dz K depth width B p l i j) / INR (examples B).
Proof. unfold db. cbn. now rewrite total_is_a_sum, the_length_of_a_vector. Qed.

End Formulas.

Theorem the_reals_have_an_exact_zero : exact_zero reals.
Proof.
  constructor; cbn; intros; try ring. unfold Rdiv. ring.
Qed.

Theorem relu_at_zero : relu_of 0 = 0.
Proof. unfold relu_of. apply Rmax_left. lra. Qed.

Theorem tanh_at_zero : Rtrigo_def.tanh 0 = 0.
Proof. unfold Rtrigo_def.tanh. rewrite sinh_0. unfold Rdiv. ring. Qed.

Theorem all_but_sigmoid_vanish_at_zero g : g <> Sigmoid -> act reals g 0 = 0.
Proof.
  destruct g; cbn [act mul sigmoid tanh relu reals]; intro H;
    [contradiction | exact tanh_at_zero | exact relu_at_zero | reflexivity | ring | ring].
Qed.

(** The real network with any activation but sigmoid never moves a weight from an all-zero start. *)
Theorem zero_stays_zero_over_the_reals g c rate depth width (B : nat -> batch R) :
  g <> Sigmoid -> (2 <= depth)%nat -> (forall t, (0 < examples (B t))%nat) ->
  forall t, frozen (fun x => x = 0) depth width
    (values (train (fun _ => ordinary reals g c) (fun _ => gradient_descent reals rate) depth width B
      (plain (constant 0 0)) t)).
Proof.
  intros H deep some. apply (zero_stays_zero_in_any_ring reals g c); auto.
  - exact the_reals_have_an_exact_zero.
  - now apply all_but_sigmoid_vanish_at_zero.
Qed.

(** With zero biases the first preactivations scale exactly with the weights. *)
Theorem preactivations_scale_with_the_first_weights g c width B p q s i j :
  (forall k, weight q 1 i k = s * weight p 1 i k) -> bias p 1 i = 0 -> bias q 1 i = 0 ->
  z (ordinary reals g c) width B q 1 i j = s * z (ordinary reals g c) width B p 1 i j.
Proof.
  intros W bp bq. rewrite !z_is_a_sum, bp, bq. rewrite Rmult_plus_distr_l, <- sum_scaled.
  rewrite Rmult_0_r. f_equal. apply sum_ext. intros k _. rewrite W. cbn. ring.
Qed.
