(** One unit with an increasing activation cannot classify XOR, nor can any number of twins, nor any
    number of layers of twins.  This needs no exact arithmetic: every sum, difference, product,
    quotient and fused multiply-add may be rounded by one monotone function.  Round to nearest even
    is such a function, at any precision, as long as nothing overflows.  The activation is whatever
    the machine computes, if that is monotone (libraries exist where it is not).

    The proof: a layer of twins computes one monotone function of the layer below, so the output is
    one of u, the sum that the first layer receives from the inputs.  Changing x2 from lo to hi
    moves u in the same direction whatever x1 is, but has to turn the answer on for one x1 and off
    for the other. *)

From Coq Require Import Reals List Arith Lia Lra.
Import ListNotations.
From InitSymmetry Require Import Network Training Arithmetic Folds Twins EqualStarts
  Integers RealArithmetic Activations.
Local Open Scope R_scope.

Definition increasing (g : R -> R) : Prop := forall x y, x <= y -> g x <= g y.

Definition monotone (f : R -> R) : Prop :=
  increasing f \/ (forall x y, x <= y -> f y <= f x).

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

(** The two values of an input are [lo] and [hi]: 0 and 1, -1 and 1, or any others. *)
Definition right_on_xor (yes : R -> Prop) (lo hi : R) (output : R -> R -> R) : Prop :=
  yes (output hi lo) /\ yes (output lo hi) /\ ~ yes (output hi hi) /\ ~ yes (output lo lo).

(** The second input moves u in one direction, whatever the first one is. *)
Definition moved_alike (lo hi : R) (u : R -> R -> R) : Prop :=
  (u hi lo <= u hi hi /\ u lo lo <= u lo hi) \/ (u hi hi <= u hi lo /\ u lo hi <= u lo lo).

Lemma no_monotone_function_of_what_is_moved_alike_is_right_on_xor f yes lo hi u :
  monotone f -> upward yes -> moved_alike lo hi u ->
  ~ right_on_xor yes lo hi (fun x1 x2 => f (u x1 x2)).
Proof.
  intros [rise | fall] up [[A C] | [A C]] (yhl & ylh & nhh & nll).
  - apply nhh, (up _ _ (rise _ _ A)), yhl.
  - apply nll, (up _ _ (rise _ _ C)), ylh.
  - apply nll, (up _ _ (fall _ _ C)), ylh.
  - apply nhh, (up _ _ (fall _ _ A)), yhl.
Qed.

Lemma an_increasing_image_is_monotone g f :
  increasing g -> monotone f -> monotone (fun u => g (f u)).
Proof. intros up [rise | fall]; [left | right]; intros x y H; apply up; auto. Qed.

Lemma a_multiple_is_monotone f v : monotone f -> monotone (fun u => v * f u).
Proof.
  intros [rise | fall]; destruct (Rle_dec 0 v) as [S|S];
    [left | right | right | left]; intros x y H;
    first [now apply Rmult_le_compat_l; auto | apply Rmult_le_compat_neg_l; [lra | auto]].
Qed.

(** Exact reals, one unit. *)
Theorem one_increasing_unit_cannot_classify_xor g yes lo hi w1 w2 b v c :
  increasing g -> upward yes ->
  ~ right_on_xor yes lo hi (fun x1 x2 => v * g (w1 * x1 + w2 * x2 + b) + c).
Proof.
  intros mono up.
  apply (no_monotone_function_of_what_is_moved_alike_is_right_on_xor
    (fun u => v * g (u + b) + c) yes lo hi (fun x1 x2 => w1 * x1 + w2 * x2)); [| exact up |].
  - apply (an_increasing_image_is_monotone (fun t => t + c) (fun u => v * g (u + b)));
      [intros x y; lra | apply a_multiple_is_monotone]. left. intros x y H. apply mono. lra.
  - unfold moved_alike. destruct (Rle_dec (w2 * lo) (w2 * hi)); lra.
Qed.

(** The four points as a batch. *)
Definition xor_coded (lo hi : R) : batch R :=
  Batch 4 (table 0 [[hi; hi; lo; lo]; [hi; lo; hi; lo]]) (table 0 [[0; 1; 1; 0]]).

Definition xor : batch R := xor_coded (-1) 1.

Definition classifies_xor (o : ops R) (yes : R -> Prop) (lo hi : R) (g : activation) (depth : nat)
    (width : nat -> nat) (p : parameters R) : Prop :=
  forall j, (j < 4)%nat ->
    (yes (z (ordinary o g SigmoidCrossEntropy) width (xor_coded lo hi) p depth 0 j)
     <-> label (xor_coded lo hi) 0 j = 1).

Section Rounding.
Variable rnd : R -> R.
Hypothesis rounding_is_monotone : increasing rnd.

Variables computed_sigmoid computed_tanh computed_softplus computed_relu computed_step : R -> R.
Variable computed_softmax : R -> list R -> R.

Definition rounded : ops R :=
  Ops 0 1 (fun x y => rnd (x + y)) (fun x y => rnd (x - y)) (fun x y => rnd (x * y))
    (fun x y z => rnd (z + x * y)) (fun x y => rnd (x / y)) Ropp INR
    computed_sigmoid computed_tanh computed_softplus computed_relu computed_step
    computed_softmax.

Variables (g : activation) (depth : nat) (width : nat -> nat).
Hypothesis computed_activation_is_monotone : increasing (act rounded g).
Hypothesis some_layer : (1 <= depth)%nat.
Hypothesis two_inputs : width 0%nat = 2%nat.
Hypothesis one_output : width depth = 1%nat.

(** What unit 0 of the first layer receives from its inputs, before its bias. *)
Definition received (w1 w2 x1 x2 : R) : R := rnd (rnd (0 + w1 * x1) + w2 * x2).

Lemma the_second_input_moves_what_is_received_alike lo hi w1 w2 :
  moved_alike lo hi (received w1 w2).
Proof.
  unfold moved_alike, received. destruct (Rle_dec (w2 * lo) (w2 * hi));
    [left | right]; split; apply rounding_is_monotone; lra.
Qed.

(** The sum of n equal terms, rounded after each: the terms are products inside a fused
    multiply-add, which are not rounded themselves. *)
Fixpoint pile (n : nat) (term : R) : R :=
  match n with O => 0 | S n' => rnd (pile n' term + term) end.

Lemma a_pile_is_increasing n : increasing (pile n).
Proof.
  induction n as [|n IH]; intros x y H; cbn; [lra|].
  apply rounding_is_monotone, Rplus_le_compat; auto.
Qed.

Lemma a_product_of_equal_terms_is_a_pile n (u v : nat -> R) term :
  (forall k, (k < n)%nat -> u k * v k = term) ->
  inner rounded (vector n u) (vector n v) = pile n term.
Proof.
  induction n as [|n IH]; intro G; [reflexivity|].
  rewrite a_longer_product. cbn [fma rounded pile]. rewrite G by lia. do 2 f_equal.
  apply IH. intros k Hk. apply G. lia.
Qed.

Section Twins.
Variables (c : loss) (B : batch R) (p : parameters R).
Let K := ordinary rounded g c.
Hypothesis all_twins :
  forall l i, (1 <= l < depth)%nat -> (i < width l)%nat -> twins width l 0 i p.

Lemma twins_send_equal_terms l j : (1 <= l < depth)%nat -> (0 < width (S l))%nat ->
  z K width B p (S l) 0 j =
  rnd (pile (width l) (weight p (S l) 0 0 * act rounded g (z K width B p l 0 j))
       + bias p (S l) 0).
Proof.
  intros hidden some. unfold z at 1. cbn [pred preactivation K ordinary add rounded]. do 2 f_equal.
  apply a_product_of_equal_terms_is_a_pile. intros k Hk. f_equal.
  - destruct (all_twins l k hidden Hk) as (_ & _ & columns). now rewrite <- columns.
  - rewrite <- (twins_have_equal_activations K depth width B p l 0 k);
      [| exact hidden | apply the_ordinary_kernel_is_uniform | now apply all_twins].
    now rewrite a_is_the_squashed_z by lia.
Qed.

(** Each layer computes one monotone function of what unit 0 receives from the inputs. *)
Lemma layers_of_twins_compute_one_monotone_function l :
  (1 <= l <= depth)%nat -> (0 < width l)%nat ->
  exists f, monotone f /\ forall j, z K width B p l 0 j =
    f (received (weight p 1 0 0) (weight p 1 0 1) (input B 0 j) (input B 1 j)).
Proof.
  induction l as [|l IH]; intros inside some; [lia|]. destruct l as [|l].
  - exists (fun u => rnd (u + bias p 1 0)). split.
    + left. intros x y H. apply rounding_is_monotone. lra.
    + intro j. unfold z. cbn [pred]. now rewrite two_inputs.
  - destruct (Nat.eq_dec (width (S l)) 0) as [none|].
    + exists (fun _ => rnd (0 + bias p (S (S l)) 0)). split; [left; intros x y _; lra|].
      intro j. unfold z. cbn [pred]. now rewrite none.
    + destruct IH as (f & mono & E); [lia | lia |].
      exists (fun u => rnd (pile (width (S l)) (weight p (S (S l)) 0 0 * act rounded g (f u))
        + bias p (S (S l)) 0)).
      split; [|intro j; now rewrite twins_send_equal_terms, E by lia].
      apply (an_increasing_image_is_monotone
        (fun t => rnd (pile (width (S l)) t + bias p (S (S l)) 0))).
      * intros x y H. now apply rounding_is_monotone, Rplus_le_compat_r, a_pile_is_increasing.
      * apply a_multiple_is_monotone. now apply an_increasing_image_is_monotone.
Qed.

End Twins.

(** Any number of layers, in each of which all units are twins. *)
Theorem any_number_of_twins_cannot_classify_xor_with_rounding yes lo hi p :
  upward yes ->
  (forall l i, (1 <= l < depth)%nat -> (i < width l)%nat -> twins width l 0 i p) ->
  ~ classifies_xor rounded yes lo hi g depth width p.
Proof.
  intros up equal right.
  destruct (layers_of_twins_compute_one_monotone_function SigmoidCrossEntropy (xor_coded lo hi) p
    equal depth) as (f & mono & E); [lia | lia |].
  apply (no_monotone_function_of_what_is_moved_alike_is_right_on_xor f yes lo hi
    (received (weight p 1 0 0) (weight p 1 0 1)) mono up).
  { apply the_second_input_moves_what_is_received_alike. }
  assert (R1 := right 1%nat). assert (R2 := right 2%nat).
  assert (R0 := right 0%nat). assert (R3 := right 3%nat).
  rewrite E in R0, R1, R2, R3. cbn [input label xor_coded table nth] in R0, R1, R2, R3.
  repeat split.
  - apply R1; [lia | reflexivity].
  - apply R2; [lia | reflexivity].
  - intro Y. apply R0 in Y; [lra | lia].
  - intro Y. apply R3 in Y; [lra | lia].
Qed.

Theorem a_constant_start_never_classifies_xor_with_rounding yes lo hi c rate (B : batch R) w b :
  upward yes -> forall t,
  ~ classifies_xor rounded yes lo hi g depth width
      (trained rounded g c rate depth width B (constant_by_layer w b) t).
Proof.
  intros up t. apply any_number_of_twins_cannot_classify_xor_with_rounding; [exact up|].
  intros l i hidden _. now apply a_constant_start_keeps_all_units_twins_forever.
Qed.

End Rounding.

(** Exact reals are the case that nothing is rounded.  SiLU is not increasing. *)
Theorem any_number_of_twins_cannot_classify_xor yes lo hi g depth width p :
  g <> Silu -> upward yes -> (1 <= depth)%nat -> width 0%nat = 2%nat -> width depth = 1%nat ->
  (forall l i, (1 <= l < depth)%nat -> (i < width l)%nat -> twins width l 0 i p) ->
  ~ classifies_xor reals yes lo hi g depth width p.
Proof.
  intros other up some two_inputs one_output.
  apply (any_number_of_twins_cannot_classify_xor_with_rounding (fun x => x)); try assumption.
  - now intros x y.
  - intros x y. now apply all_but_silu_are_increasing.
Qed.

Theorem a_constant_start_never_classifies_xor yes lo hi g c rate depth width (B : batch R) w b :
  g <> Silu -> upward yes -> (1 <= depth)%nat -> width 0%nat = 2%nat -> width depth = 1%nat ->
  forall t, ~ classifies_xor reals yes lo hi g depth width
    (trained reals g c rate depth width B (constant_by_layer w b) t).
Proof.
  intros other up some two_inputs one_output t.
  apply any_number_of_twins_cannot_classify_xor; try assumption.
  intros l i hidden _. now apply a_constant_start_keeps_all_units_twins_forever.
Qed.

(** The monotonicity is needed: g(u) = u² classifies XOR with one unit. *)
Theorem one_unit_that_is_not_monotone_can_classify_xor :
  right_on_xor (fun z => 0 < z) (-1) 1
    (fun x1 x2 => 1 * ((1 * x1 + -1 * x2 + 0) * (1 * x1 + -1 * x2 + 0)) + -1).
Proof. repeat split; lra. Qed.

(** And so is equality: two different ReLU units classify XOR. *)
Theorem two_different_units_can_classify_xor :
  right_on_xor (fun z => 0 < z) (-1) 1 (fun x1 x2 => relu_of (x1 - x2) + relu_of (x2 - x1) - 1).
Proof.
  unfold relu_of, Rmax. repeat split; repeat destruct (Rle_dec _ _); lra.
Qed.
