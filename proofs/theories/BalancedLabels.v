(** Sigmoid units from an all-zero start, cross-entropy: with balanced labels nothing ever moves,
    although g(0) is not 0; with unbalanced labels the outgoing weights move at the first step. *)

From Coq Require Import Reals List Arith Lia Lra.
Import ListNotations.
From InitSymmetry Require Import Network Training Arithmetic Integers RealArithmetic BadRateMerge.
Local Open Scope R_scope.

Section Sigmoid.
Variables (inputs units : nat) (B : batch R) (rate : R).
Let K := ordinary reals Sigmoid SigmoidCrossEntropy.
Let s := sizes [inputs; units; 1]%nat.
Let run t := trained reals Sigmoid SigmoidCrossEntropy rate 2 s B (constant 0 0) t.
Hypothesis some_example : (0 < examples B)%nat.

Definition mean_label : R := sum (examples B) (label B 0) / INR (examples B).

Definition all_zero (p : parameters R) : Prop :=
  (forall i h, weight p 1 i h = 0) /\ (forall i, bias p 1 i = 0) /\
  (forall i, weight p 2 0 i = 0) /\ bias p 2 0 = 0.

Let count : INR (examples B) <> 0.
Proof. apply not_0_INR. lia. Qed.

Section AtZero.
Variable p : parameters R.
Hypothesis zero_p : all_zero p.

Lemma hidden_activations_are_one_half i j : a K s B p 1 i j = 1 / 2.
Proof.
  destruct zero_p as (W1 & b1 & _). rewrite a_is_the_squashed_z by lia.
  cbn [squash K ordinary act sigmoid reals].
  unfold K. rewrite z_is_a_sum, b1, sum_of_zeros; [|intros; rewrite W1; ring]. rewrite Rplus_0_r. apply sigma_at_zero.
Qed.

Lemma the_residual_at_zero j : dz K 2 s B p 2 0 j = 1 / 2 - label B 0 j.
Proof.
  destruct zero_p as (_ & _ & W2 & b2). rewrite (dz_of_the_output K 2 s).
  cbn [miss K ordinary residual sub reals sigmoid]. f_equal.
  unfold K. rewrite z_is_a_sum, b2, sum_of_zeros; [|intros; rewrite W2; ring].
  rewrite Rplus_0_r. apply sigma_at_zero.
Qed.

Lemma the_gradient_at_zero :
  (forall i h, dW K 2 s B p 1 i h = 0) /\ (forall i, db K 2 s B p 1 i = 0) /\
  (forall i, dW K 2 s B p 2 0 i = 1 / 2 * (1 / 2 - mean_label)) /\
  db K 2 s B p 2 0 = 1 / 2 - mean_label.
Proof.
  assert (D1 : forall i j, dz K 2 s B p 1 i j = 0).
  { intros i j. destruct zero_p as (_ & _ & W2 & _).
    rewrite dz_of_a_hidden_layer by lia.
    pose proof (da_is_a_sum Sigmoid SigmoidCrossEntropy 2 s B p 1 i j) as E. fold K in E. rewrite E.
    change (s 2%nat) with 1%nat. cbn [sum pull K ordinary mul reals]. rewrite W2. ring. }
  assert (S : sum (examples B) (fun j => 1 / 2 - label B 0 j) / INR (examples B) = 1 / 2 - mean_label).
  { rewrite sum_minus, sum_of_equals. unfold mean_label. field. exact count. }
  repeat split; intros; unfold K; rewrite ?dW_is_a_mean, ?db_is_a_mean; fold K.
  - rewrite sum_of_zeros; [unfold Rdiv; ring|]. intros. rewrite D1. ring.
  - rewrite sum_of_zeros; [unfold Rdiv; ring|]. intros. apply D1.
  - rewrite (sum_ext _ _ (fun j => 1 / 2 * (1 / 2 - label B 0 j))).
    + rewrite sum_scaled. rewrite <- S. unfold Rdiv. ring.
    + intros j _. cbn [pred]. rewrite the_residual_at_zero, hidden_activations_are_one_half. ring.
  - rewrite <- S. f_equal. apply sum_ext. intros j _. apply the_residual_at_zero.
Qed.

End AtZero.

Theorem with_balanced_labels_zero_sigmoid_units_never_move :
  mean_label = 1 / 2 -> forall t, all_zero (run t).
Proof.
  intros balanced t. induction t as [|t IH]; [repeat split|].
  destruct (the_gradient_at_zero _ IH) as (G1 & G2 & G3 & G4).
  destruct IH as (W1 & b1 & W2 & b2).
  unfold run, trained in *. cbn [train]. unfold gradient_descent at 1.
  repeat split; intros; rewrite ?a_weight_after_one_descent, ?a_bias_after_one_descent;
    fold (gradient_descent reals rate); cbn [sub mul reals]; fold K.
  - rewrite W1. unfold K in *. rewrite G1. ring.
  - rewrite b1. unfold K in *. rewrite G2. ring.
  - rewrite W2. unfold K in *. rewrite G3, balanced. ring.
  - unfold K in *. rewrite b2. rewrite G4, balanced. ring.
Qed.

Theorem with_unbalanced_labels_only_the_output_layer_moves_at_the_first_step :
  (forall i, weight (run 1) 2 0 i = - (rate * (1 / 2 * (1 / 2 - mean_label)))) /\
  (forall i h, weight (run 1) 1 i h = 0) /\ (forall i, bias (run 1) 1 i = 0).
Proof.
  destruct (the_gradient_at_zero (constant 0 0)) as (G1 & G2 & G3 & _); [repeat split|].
  unfold run, trained. cbn [train]. unfold gradient_descent.
  repeat split; intros; rewrite ?a_weight_after_one_descent, ?a_bias_after_one_descent;
    cbn [sub mul reals]; rewrite a_plain_start_has_its_own_values; fold K.
  - rewrite G3. cbn. ring.
  - rewrite G1. cbn. ring.
  - rewrite G2. cbn. ring.
Qed.

End Sigmoid.
