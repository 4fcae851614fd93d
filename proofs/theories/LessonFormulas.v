(** The lesson's six equations, as sums, are the model's backward pass for one hidden layer and
    one output with cross-entropy; together with Backpropagation.v they are the derivatives. *)

From Coq Require Import Reals List Arith Lia.
Import ListNotations.
From InitSymmetry Require Import Network Training Arithmetic Integers RealArithmetic.
Local Open Scope R_scope.

Theorem the_lessons_formulas_are_the_models_backward_pass g inputs units (B : batch R) p i k j :
  let K := ordinary reals g SigmoidCrossEntropy in
  let s := sizes [inputs; units; 1]%nat in
  let m := examples B in
  let z1 i j := sum inputs (fun h => weight p 1 i h * input B h j) + bias p 1 i in
  let a1 i j := act reals g (z1 i j) in
  let z2 j := sum units (fun h => weight p 2 0 h * a1 h j) + bias p 2 0 in
  let dz2 j := sigma (z2 j) - label B 0 j in
  let dz1 i j := weight p 2 0 i * dz2 j * slope reals g (z1 i j) (a1 i j) in
  dz K 2 s B p 2 0 j = dz2 j /\
  dW K 2 s B p 2 0 i = sum m (fun j => dz2 j * a1 i j) / INR m /\
  db K 2 s B p 2 0 = sum m dz2 / INR m /\
  dz K 2 s B p 1 i j = dz1 i j /\
  dW K 2 s B p 1 i k = sum m (fun j => dz1 i j * input B k j) / INR m /\
  db K 2 s B p 1 i = sum m (dz1 i) / INR m.
Proof.
  intros K s m z1 a1 z2 dz2 dz1.
  assert (Z1 : forall i j, z K s B p 1 i j = z1 i j).
  { intros. unfold K. now rewrite z_is_a_sum. }
  assert (A1 : forall i j, a K s B p 1 i j = a1 i j).
  { intros. rewrite a_is_the_squashed_z by lia. rewrite Z1. reflexivity. }
  assert (D2 : forall j, dz K 2 s B p 2 0 j = dz2 j).
  { intros. rewrite (dz_of_the_output K 2 s). unfold dz2, z2. cbn [miss K ordinary residual].
    unfold K. rewrite z_is_a_sum. cbn [pred]. fold K. change (s 1%nat) with units.
    rewrite (sum_ext _ _ (fun h => weight p 2 0 h * a1 h j0)) by (intros; now rewrite A1).
    reflexivity. }
  assert (D1 : forall i j, dz K 2 s B p 1 i j = dz1 i j).
  { intros i' j'. rewrite dz_of_a_hidden_layer by lia. rewrite Z1, A1. unfold dz1.
    pose proof (da_is_a_sum g SigmoidCrossEntropy 2 s B p 1 i' j') as E. fold K in E. rewrite E.
    change (s 2%nat) with 1%nat. cbn [sum]. rewrite D2. cbn [pull K ordinary mul reals]. ring. }
  repeat split; auto.
  - unfold K. rewrite dW_is_a_mean. f_equal. apply sum_ext. intros j' _.
    fold K. cbn [pred]. now rewrite D2, A1.
  - unfold K. rewrite db_is_a_mean. f_equal. apply sum_ext. intros j' _. apply D2.
  - unfold K. rewrite dW_is_a_mean. f_equal. apply sum_ext. intros j' _. fold K. now rewrite D1.
  - unfold K. rewrite db_is_a_mean. f_equal. apply sum_ext. intros j' _. apply D1.
Qed.
