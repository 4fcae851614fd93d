(** Rounding does not help twins with XOR.  Every sum, product and quotient is rounded by a
    function of which only two things are known: it is monotone and odd.  Round to nearest even is
    such a function, at any precision, as long as nothing overflows.  The activation is whatever
    the machine computes, if that is monotone (libraries exist where it is not). *)

From Coq Require Import Reals List Arith Lia Lra.
Import ListNotations.
From InitSymmetry Require Import Network Training Arithmetic Folds Twins EqualStarts
  Integers RealArithmetic Xor.
Local Open Scope R_scope.

Section Rounding.
Variable rnd : R -> R.
Hypothesis rounding_is_monotone : forall x y, x <= y -> rnd x <= rnd y.
Hypothesis rounding_is_odd : forall x, rnd (- x) = - rnd x.

Variables computed_sigmoid computed_tanh computed_softplus computed_relu computed_step : R -> R.
Variable computed_softmax : R -> list R -> R.

Definition rounded : ops R :=
  Ops 0 1 (fun x y => rnd (x + y)) (fun x y => rnd (x - y)) (fun x y => rnd (x * y))
    (fun x y => rnd (x / y)) Ropp INR
    computed_sigmoid computed_tanh computed_softplus computed_relu computed_step
    computed_softmax.

Variable g : activation.
Hypothesis computed_activation_is_monotone : increasing (act rounded g).

(** The rounded sum of n equal terms. *)
Fixpoint pile (n : nat) (term : R) : R :=
  match n with O => 0 | S n' => rnd (pile n' term + term) end.

Lemma a_pile_is_increasing n : increasing (pile n).
Proof.
  induction n as [|n IH]; intros x y H; cbn; [lra|].
  apply rounding_is_monotone, Rplus_le_compat; auto.
Qed.

(** What unit 0 receives from its inputs, before its bias. *)
Definition received (w1 w2 x1 x2 : R) : R := rnd (rnd (0 + rnd (w1 * x1)) + rnd (w2 * x2)).

Lemma received_is_odd w1 w2 x1 x2 : received w1 w2 (- x1) (- x2) = - received w1 w2 x1 x2.
Proof.
  unfold received. rewrite !Ropp_mult_distr_r_reverse, !rounding_is_odd, !Rplus_0_l.
  rewrite !rounding_is_odd. rewrite <- Ropp_plus_distr. apply rounding_is_odd.
Qed.

Theorem one_rounded_unit_cannot_classify_xor yes n w1 w2 b v c :
  upward yes ->
  let output x1 x2 := rnd (pile n (rnd (v * act rounded g (rnd (received w1 w2 x1 x2 + b)))) + c) in
  ~ (yes (output 1 (-1)) /\ yes (output (-1) 1) /\
     ~ yes (output 1 1) /\ ~ yes (output (-1) (-1))).
Proof.
  intros up output (ypm & ymp & npp & nmm).
  set (u := received w1 w2) in *.
  assert (rise : forall x1 x2 y1 y2, 0 <= v -> u x1 x2 <= u y1 y2 -> yes (output x1 x2) -> yes (output y1 y2)).
  { intros x1 x2 y1 y2 S H. apply up. unfold output.
    apply rounding_is_monotone, Rplus_le_compat_r, a_pile_is_increasing, rounding_is_monotone.
    apply Rmult_le_compat_l; [exact S|].
    apply computed_activation_is_monotone, rounding_is_monotone, Rplus_le_compat_r, H. }
  assert (fall : forall x1 x2 y1 y2, v <= 0 -> u y1 y2 <= u x1 x2 -> yes (output x1 x2) -> yes (output y1 y2)).
  { intros x1 x2 y1 y2 S H. apply up. unfold output.
    apply rounding_is_monotone, Rplus_le_compat_r, a_pile_is_increasing, rounding_is_monotone.
    apply Rmult_le_compat_neg_l; [exact S|].
    apply computed_activation_is_monotone, rounding_is_monotone, Rplus_le_compat_r, H. }
  assert (E1 : u (-1) 1 = - u 1 (-1)).
  { unfold u. rewrite <- received_is_odd. f_equal; ring. }
  assert (E2 : u (-1) (-1) = - u 1 1) by (unfold u; apply received_is_odd).
  destruct (Rle_dec 0 v) as [S|S]; [|assert (S' : v <= 0) by lra];
    destruct (Rle_dec (u 1 (-1)) (u 1 1)) as [H|H].
  - apply npp, (rise 1 (-1)); auto.
  - apply nmm, (rise (-1) 1); auto. lra.
  - apply nmm, (fall (-1) 1); auto. lra.
  - apply npp, (fall 1 (-1)); auto. lra.
Qed.

Definition classifies_xor_with_rounding (yes : R -> Prop) (n : nat) (p : parameters R) : Prop :=
  forall j, (j < 4)%nat ->
    (yes (z (ordinary rounded g SigmoidCrossEntropy) (sizes [2; n; 1]%nat) xor p 2 0 j)
     <-> label xor 0 j = 1).

Theorem any_number_of_twins_cannot_classify_xor_with_rounding yes n p :
  upward yes -> (forall i, (i < n)%nat -> twins (sizes [2; n; 1]%nat) 1 0 i p) ->
  ~ classifies_xor_with_rounding yes n p.
Proof.
  intros up equal right. set (K := ordinary rounded g SigmoidCrossEntropy).
  set (s := sizes [2; n; 1]%nat) in *.
  assert (F : forall j, z K s xor p 2 0 j =
    rnd (pile n (rnd (weight p 2 0 0 * act rounded g (rnd (received (weight p 1 0 0) (weight p 1 0 1)
      (input xor 0 j) (input xor 1 j) + bias p 1 0)))) + bias p 2 0)).
  { intro j. unfold z. cbn [pred preactivation K ordinary add rounded].
    change (s 1%nat) with n. do 2 f_equal.
    set (term := rnd (weight p 2 0 0 * _)).
    assert (G : forall k, (k < n)%nat -> rnd (weight p 2 0 k * a K s xor p 1 k j) = term).
    { intros k Hk. destruct (equal k Hk) as (_ & _ & columns).
      rewrite <- (columns 0%nat) by (cbn; lia).
      rewrite <- (twins_have_equal_activations K 2 s xor p 1 0 k);
        [reflexivity | lia | apply the_ordinary_kernel_is_uniform | apply equal, Hk]. }
    clear equal right. clearbody term. revert G. generalize n as m.
    induction m as [|m IH]; intro G; [reflexivity|].
    change (inner _ _ _) with (inner rounded (vector (S m) (weight p 2 0)) (vector (S m) (fun k => a K s xor p 1 k j))).
    rewrite a_longer_product. cbn [add mul rounded pile]. rewrite G by lia. do 2 f_equal.
    apply IH. intros k Hk. apply G. lia. }
  apply (one_rounded_unit_cannot_classify_xor yes n (weight p 1 0 0) (weight p 1 0 1)
    (bias p 1 0) (weight p 2 0 0) (bias p 2 0) up).
  assert (R1 := right 1%nat). assert (R2 := right 2%nat).
  assert (R0 := right 0%nat). assert (R3 := right 3%nat).
  fold K s in R0, R1, R2, R3. rewrite F in R0, R1, R2, R3.
  cbn [input label xor table nth] in R0, R1, R2, R3.
  repeat split.
  - apply R1; [lia | reflexivity].
  - apply R2; [lia | reflexivity].
  - intro Y. apply R0 in Y; [lra | lia].
  - intro Y. apply R3 in Y; [lra | lia].
Qed.

Theorem a_constant_start_never_classifies_xor_with_rounding yes c rate n (B : batch R) w b :
  upward yes -> forall t,
  ~ classifies_xor_with_rounding yes n
      (trained rounded g c rate 2 (sizes [2; n; 1]%nat) B (constant_by_layer w b) t).
Proof.
  intros up t. apply any_number_of_twins_cannot_classify_xor_with_rounding; [exact up|].
  intros i _. apply a_constant_start_keeps_all_units_twins_forever. lia.
Qed.

End Rounding.
