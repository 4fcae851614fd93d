(** One unit with an increasing activation, and so any number of twins, cannot classify XOR.

    The proof: with an outgoing weight of one sign the output is monotone in the preactivation u,
    so both "different" points would have u on one side of both "same" points; but the u of
    (1, -1) and (-1, 1) have the same sum as those of (1, 1) and (-1, -1). *)

From Coq Require Import Reals List Arith Lia Lra.
Import ListNotations.
From InitSymmetry Require Import Network Training Arithmetic Folds Twins EqualStarts
  Integers RealArithmetic Activations.
Local Open Scope R_scope.

Definition increasing (g : R -> R) : Prop := forall x y, x <= y -> g x <= g y.

(** A yes/no answer that is read off the output by comparing it with a threshold: [0 < z],
    [0 <= z], [1/2 < sigma z] and [1/2 <= sigma z] are all of this kind. *)
Definition upward (yes : R -> Prop) : Prop := forall x y, x <= y -> yes x -> yes y.

Lemma a_positive_output_is_upward : upward (fun z => 0 < z).
Proof. intros x y. cbv beta. lra. Qed.

Lemma a_nonnegative_output_is_upward : upward (fun z => 0 <= z).
Proof. intros x y. cbv beta. lra. Qed.

Lemma a_probability_above_half_is_upward : upward (fun z => 1 / 2 < sigma z).
Proof. intros x y H. pose proof (sigma_is_increasing x y H). cbv beta. lra. Qed.

Lemma a_probability_of_at_least_half_is_upward : upward (fun z => 1 / 2 <= sigma z).
Proof. intros x y H. pose proof (sigma_is_increasing x y H). cbv beta. lra. Qed.

Theorem one_increasing_unit_cannot_classify_xor g yes w1 w2 b v c :
  increasing g -> upward yes ->
  let output x1 x2 := v * g (w1 * x1 + w2 * x2 + b) + c in
  ~ (yes (output 1 (-1)) /\ yes (output (-1) 1) /\
     ~ yes (output 1 1) /\ ~ yes (output (-1) (-1))).
Proof.
  intros mono up output (ypm & ymp & npp & nmm).
  assert (apart : forall x1 x2 y1 y2, yes (output x1 x2) -> ~ yes (output y1 y2) ->
    (0 <= v -> w1 * y1 + w2 * y2 < w1 * x1 + w2 * x2) /\
    (v <= 0 -> w1 * x1 + w2 * x2 < w1 * y1 + w2 * y2)).
  { intros x1 x2 y1 y2 Y N. split; intro S; apply Rnot_le_lt; intro H; apply N;
      apply (up (output x1 x2)); auto; unfold output; apply Rplus_le_compat_r.
    - apply Rmult_le_compat_l; [exact S|]. apply mono. lra.
    - apply Rmult_le_compat_neg_l; [exact S|]. apply mono. lra. }
  destruct (Rle_dec 0 v) as [S|S].
  - destruct (apart 1 (-1) 1 1 ypm npp) as [A _]. destruct (apart (-1) 1 (-1) (-1) ymp nmm) as [C _].
    specialize (A S). specialize (C S). lra.
  - destruct (apart 1 (-1) 1 1 ypm npp) as [_ A]. destruct (apart (-1) 1 (-1) (-1) ymp nmm) as [_ C].
    assert (v <= 0) as S' by lra. specialize (A S'). specialize (C S'). lra.
Qed.

(** The four points as a batch: columns (1,1), (1,-1), (-1,1), (-1,-1). *)
Definition xor : batch R :=
  Batch 4 (table 0 [[1; 1; -1; -1]; [1; -1; 1; -1]]) (table 0 [[0; 1; 1; 0]]).

Definition classifies_xor (yes : R -> Prop) (g : activation) (n : nat) (p : parameters R) : Prop :=
  forall j, (j < 4)%nat ->
    (yes (z (ordinary reals g SigmoidCrossEntropy) (sizes [2; n; 1]%nat) xor p 2 0 j)
     <-> label xor 0 j = 1).

(** SiLU is not increasing. *)
Theorem any_number_of_twins_cannot_classify_xor yes g n p :
  g <> Silu -> upward yes -> (forall i, (i < n)%nat -> twins (sizes [2; n; 1]%nat) 1 0 i p) ->
  ~ classifies_xor yes g n p.
Proof.
  intros other up equal right.
  assert (F : forall j, z (ordinary reals g SigmoidCrossEntropy) (sizes [2; n; 1]%nat) xor p 2 0 j =
    (INR n * weight p 2 0 0) *
      act reals g (weight p 1 0 0 * input xor 0 j + weight p 1 0 1 * input xor 1 j + bias p 1 0)
    + bias p 2 0).
  { intro j. rewrite z_is_a_sum. cbn [pred]. f_equal.
    change (sizes [2; n; 1]%nat 1) with n.
    rewrite (sum_ext n _ (fun _ => weight p 2 0 0 *
      act reals g (weight p 1 0 0 * input xor 0 j + weight p 1 0 1 * input xor 1 j + bias p 1 0))).
    - rewrite sum_of_equals. ring.
    - intros k Hk. destruct (equal k Hk) as (_ & _ & columns).
      rewrite <- (columns 0%nat) by (cbn; lia). f_equal.
      rewrite <- (twins_have_equal_activations _ 2 _ _ _ 1 0 k);
        [| lia | apply the_ordinary_kernel_is_uniform | apply equal, Hk].
      rewrite a_is_the_squashed_z by lia. cbn [squash ordinary]. f_equal.
      rewrite z_is_a_sum. cbn. ring. }
  apply (one_increasing_unit_cannot_classify_xor (act reals g) yes (weight p 1 0 0)
    (weight p 1 0 1) (bias p 1 0) (INR n * weight p 2 0 0) (bias p 2 0)).
  - intros x y. now apply all_but_silu_are_increasing.
  - exact up.
  - assert (R1 := right 1%nat). assert (R2 := right 2%nat).
    assert (R0 := right 0%nat). assert (R3 := right 3%nat).
    rewrite F in R0, R1, R2, R3. cbn in R0, R1, R2, R3.
    repeat split.
    + apply R1; [lia | reflexivity].
    + apply R2; [lia | reflexivity].
    + intro Y. apply R0 in Y; [lra | lia].
    + intro Y. apply R3 in Y; [lra | lia].
Qed.

Theorem a_constant_start_never_classifies_xor yes g c rate n (B : batch R) w b :
  g <> Silu -> upward yes -> forall t,
  ~ classifies_xor yes g n
      (trained reals g c rate 2 (sizes [2; n; 1]%nat) B (constant_by_layer w b) t).
Proof.
  intros other up t. apply any_number_of_twins_cannot_classify_xor; [exact other | exact up |].
  intros i _. apply a_constant_start_keeps_all_units_twins_forever. lia.
Qed.

(** The monotonicity is needed: g(u) = u² classifies XOR with one unit. *)
Theorem one_unit_that_is_not_monotone_can_classify_xor :
  let output x1 x2 := 1 * ((1 * x1 + -1 * x2 + 0) * (1 * x1 + -1 * x2 + 0)) + -1 in
  0 < output 1 (-1) /\ 0 < output (-1) 1 /\ ~ 0 < output 1 1 /\ ~ 0 < output (-1) (-1).
Proof. cbv zeta. repeat split; lra. Qed.

(** And so is equality: two different ReLU units classify XOR. *)
Theorem two_different_units_can_classify_xor :
  let output x1 x2 := relu_of (x1 - x2) + relu_of (x2 - x1) - 1 in
  0 < output 1 (-1) /\ 0 < output (-1) 1 /\ ~ 0 < output 1 1 /\ ~ 0 < output (-1) (-1).
Proof.
  cbv zeta. unfold relu_of, Rmax. repeat split; repeat destruct (Rle_dec _ _); lra.
Qed.
