(** Scaling W1, b1 by c > 0 and W2 by 1/c leaves a ReLU network's output as it is, but not its
    training: the gradients of W1 and b1 are divided by c, that of W2 is multiplied by c. *)

From Coq Require Import Reals List Arith Lia Lra.
Import ListNotations.
From InitSymmetry Require Import Network Training Arithmetic Integers RealArithmetic Activations.
Local Open Scope R_scope.

Section Rescaling.
Variables (loss : loss) (inputs units outputs : nat) (B : batch R) (p q : parameters R) (c : R).
Let K := ordinary reals Relu loss.
Let s := sizes [inputs; units; outputs].
Hypothesis positive : 0 < c.
Hypothesis first_layer : forall i h, weight q 1 i h = c * weight p 1 i h.
Hypothesis first_biases : forall i, bias q 1 i = c * bias p 1 i.
Hypothesis second_layer : forall i h, weight q 2 i h = weight p 2 i h / c.
Hypothesis second_biases : forall i, bias q 2 i = bias p 2 i.

Lemma rescaled_preactivations i j : z K s B q 1 i j = c * z K s B p 1 i j.
Proof.
  unfold K. rewrite !z_is_a_sum, first_biases, Rmult_plus_distr_l, <- sum_scaled. f_equal.
  apply sum_ext. intros h _. rewrite first_layer. cbn. ring.
Qed.

Lemma rescaled_activations i j : a K s B q 1 i j = c * a K s B p 1 i j.
Proof.
  rewrite !a_is_the_squashed_z by lia. rewrite rescaled_preactivations.
  now apply relu_is_positively_homogeneous.
Qed.

Theorem rescaling_leaves_the_output_of_a_relu_network_alone i j :
  z K s B q 2 i j = z K s B p 2 i j.
Proof.
  unfold K. rewrite !z_is_a_sum, second_biases. f_equal. apply sum_ext. intros h _.
  fold K. cbn [pred]. rewrite rescaled_activations, second_layer. field. lra.
Qed.

Lemma rescaled_residuals i j : dz K 2 s B q 2 i j = dz K 2 s B p 2 i j.
Proof.
  rewrite !(dz_of_the_output K 2 s), rescaling_leaves_the_output_of_a_relu_network_alone.
  f_equal. apply equal_outputs_have_equal_logits; [reflexivity|].
  intros. apply rescaling_leaves_the_output_of_a_relu_network_alone.
Qed.

Lemma rescaled_deltas i j : dz K 2 s B q 1 i j = dz K 2 s B p 1 i j / c.
Proof.
  rewrite !dz_of_a_hidden_layer by lia. rewrite rescaled_preactivations.
  assert (D : da K 2 s B q 1 i j = / c * da K 2 s B p 1 i j).
  { unfold K. rewrite !da_is_a_sum, <- sum_scaled. fold K. apply sum_ext. intros k _.
    rewrite rescaled_residuals, second_layer. unfold Rdiv. ring. }
  rewrite D. cbn [pull K ordinary slope mul reals heaviside].
  destruct (relu_is_positively_homogeneous c (z K s B p 1 i j) positive) as [_ E].
  unfold K in *. rewrite E. unfold Rdiv. ring.
Qed.

Theorem rescaling_divides_and_multiplies_the_gradients_of_a_relu_network i h :
  dW K 2 s B q 1 i h = dW K 2 s B p 1 i h / c /\ db K 2 s B q 1 i = db K 2 s B p 1 i / c /\
  dW K 2 s B q 2 i h = c * dW K 2 s B p 2 i h /\ db K 2 s B q 2 i = db K 2 s B p 2 i.
Proof.
  repeat split; unfold K; rewrite ?dW_is_a_mean, ?db_is_a_mean; fold K; unfold Rdiv.
  - rewrite (sum_ext _ _ (fun j => / c * (dz K 2 s B p 1 i j * a K s B p (pred 1) h j))).
    + rewrite sum_scaled. ring.
    + intros j _. rewrite rescaled_deltas. cbn [pred a]. unfold Rdiv. ring.
  - rewrite (sum_ext _ _ (fun j => / c * dz K 2 s B p 1 i j)).
    + rewrite (sum_scaled _ _ (fun j => dz K 2 s B p 1 i j)). ring.
    + intros j _. rewrite rescaled_deltas. unfold Rdiv. ring.
  - rewrite (sum_ext _ _ (fun j => c * (dz K 2 s B p 2 i j * a K s B p (pred 2) h j))).
    + rewrite sum_scaled. ring.
    + intros j _. cbn [pred]. rewrite rescaled_residuals, rescaled_activations. ring.
  - f_equal. apply sum_ext. intros j _. apply rescaled_residuals.
Qed.

End Rescaling.
