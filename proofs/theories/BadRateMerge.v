(** Different units can become twins in one step, exactly, at a badly chosen rate; then they stay
    twins.  So "random units stay different" needs an exception for some rates. *)

From Coq Require Import Reals ZArith List Arith Lia Lra Floats.SpecFloat.
Import ListNotations.
From InitSymmetry Require Import Network Training Arithmetic Folds Twins EqualStarts Integers
  RealArithmetic Binary64.
Local Open Scope R_scope.

(** Identity activation, squared error, 1-2-1, rate 1.
    x = 1, -1; y = 7, -7; w = (2, 1), v = (3, 2), zero biases. *)

Definition odd_data {T} (d : T) (number : Z -> T) : batch T :=
  Batch 2 (table d [[number 1%Z; number (-1)%Z]]) (table d [[number 7%Z; number (-7)%Z]]).

Definition odd_start {T} (d : T) (number : Z -> T) : parameters T :=
  shallow d [[number 2%Z]; [number 1%Z]] [d; d] [[number 3%Z; number 2%Z]] [d].

Lemma small_sum_1 f : sum 1 f = f 0%nat. Proof. cbn. ring. Qed.
Lemma small_sum_2 f : sum 2 f = f 0%nat + f 1%nat. Proof. cbn. ring. Qed.

Theorem linear_units_merge_at_rate_one_over_the_reals :
  let s := sizes [1; 2; 1]%nat in
  let run := trained reals Identity IdentitySquaredError 1 2 s (odd_data 0 IZR) (odd_start 0 IZR) in
  ~ twins s 1 0 1 (run 0%nat) /\
  (forall t, (1 <= t)%nat -> twins s 1 0 1 (run t)).
Proof.
  intros s run. split.
  - intros (rows & _ & _). specialize (rows 0%nat (le_n 1)). cbn in rows. lra.
  - apply units_that_become_twins_stay_twins; [lia|].
    repeat split; [intros [|h] Hh; [|cbn in Hh; lia] | | intros [|h] Hh; [|cbn in Hh; lia]];
      cbn; field.
Qed.

(** One is the only rate at which this happens at the first step. *)
Theorem linear_units_do_not_merge_at_the_first_step_at_any_other_rate rate :
  rate <> 1 ->
  let s := sizes [1; 2; 1]%nat in
  ~ twins s 1 0 1
      (trained reals Identity IdentitySquaredError rate 2 s (odd_data 0 IZR) (odd_start 0 IZR) 1).
Proof.
  intros other s (rows & _ & _). specialize (rows 0%nat (le_n 1)). cbn in rows.
  apply other. field_simplify in rows; lra.
Qed.

Definition double_of_Z (n : Z) : double := double_of n 0.

Definition different_then_twins (width : nat -> nat) (run : nat -> parameters double) : Prop :=
  ~ twins width 1 0 1 (run 0%nat) /\ forall t, (1 <= t)%nat -> twins width 1 0 1 (run t).

Theorem linear_units_merge_exactly_in_binary64 :
  let s := sizes [1; 2; 1]%nat in
  different_then_twins s
    (trained bare_binary64 Identity IdentitySquaredError (double_of_Z 1) 2 s
       (odd_data double_zero double_of_Z) (odd_start double_zero double_of_Z)).
Proof.
  intro s. split.
  - intros (rows & _ & _). specialize (rows 0%nat (le_n 1)). vm_compute in rows. discriminate rows.
  - apply units_that_become_twins_stay_twins; [lia|].
    split; [|split]; [intros [|h] Hh; [|cbn in Hh; lia] | | intros [|h] Hh; [|cbn in Hh; lia]];
      vm_compute; reflexivity.
Qed.

(** ReLU, cross-entropy, 2-2-1, rate 4.
    x columns (2, 1), (1, 1); y = 0, 1; W1 = [[-3, 16], [-6, 16]], W2 = (2, -1), b2 = -16. *)

Definition relu_data {T} (d : T) (number : Z -> T) : batch T :=
  Batch 2 (table d [[number 2%Z; number 1%Z]; [number 1%Z; number 1%Z]])
          (table d [[number 0%Z; number 1%Z]]).

Definition relu_start {T} (d : T) (number : Z -> T) : parameters T :=
  shallow d [[number (-3)%Z; number 16%Z]; [number (-6)%Z; number 16%Z]] [d; d]
            [[number 2%Z; number (-1)%Z]] [number (-16)%Z].

Lemma relu_of_positive z : 0 < z -> relu_of z = z.
Proof. intro H. apply Rmax_right. lra. Qed.

Lemma heaviside_of_positive z : 0 < z -> heaviside_of z = 1.
Proof. intro H. unfold heaviside_of. destruct (Rlt_dec 0 z); lra. Qed.

Lemma sigma_at_zero : sigma 0 = 1 / 2.
Proof. unfold sigma. rewrite Ropp_0, exp_0. field. Qed.

Section ReluMerge.
Let s := sizes [2; 2; 1]%nat.
Let K := ordinary reals Relu SigmoidCrossEntropy.
Let B := relu_data 0 IZR.
Let p := relu_start 0 IZR.

Lemma relu_preactivations :
  (z K s B p 1 0 0 = 10 /\ z K s B p 1 1 0 = 4) /\ (z K s B p 1 0 1 = 13 /\ z K s B p 1 1 1 = 10).
Proof. unfold K. rewrite !z_is_a_sum. cbn. repeat split; ring. Qed.

Lemma relu_activations :
  (a K s B p 1 0 0 = 10 /\ a K s B p 1 1 0 = 4) /\ (a K s B p 1 0 1 = 13 /\ a K s B p 1 1 1 = 10).
Proof.
  rewrite !a_is_the_squashed_z by lia. destruct relu_preactivations as [[-> ->] [-> ->]].
  cbn. rewrite !relu_of_positive by lra. auto.
Qed.

Lemma relu_output_deltas : dz K 2 s B p 2 0 0 = 1 / 2 /\ dz K 2 s B p 2 0 1 = - (1 / 2).
Proof.
  rewrite !(dz_of_the_output K 2 s). unfold K. rewrite !z_is_a_sum. cbn [pred].
  change (s 1%nat) with 2%nat. rewrite !small_sum_2. fold K.
  destruct relu_activations as [[-> ->] [-> ->]]. cbn.
  replace (2 * 10 + -1 * 4 + -16) with 0 by ring.
  replace (2 * 13 + -1 * 10 + -16) with 0 by ring.
  rewrite sigma_at_zero. split; field.
Qed.

Lemma relu_hidden_deltas :
  (dz K 2 s B p 1 0 0 = 1 /\ dz K 2 s B p 1 1 0 = - (1 / 2)) /\
  (dz K 2 s B p 1 0 1 = - 1 /\ dz K 2 s B p 1 1 1 = 1 / 2).
Proof.
  rewrite !dz_of_a_hidden_layer by lia. destruct relu_preactivations as [[-> ->] [-> ->]].
  unfold K. rewrite !da_is_a_sum. change (s 2%nat) with 1%nat. rewrite !small_sum_1. fold K.
  destruct relu_output_deltas as [-> ->]. cbn. rewrite !heaviside_of_positive by lra.
  repeat split; field.
Qed.

Theorem relu_units_merge_at_rate_four_over_the_reals :
  let run := trained reals Relu SigmoidCrossEntropy 4 2 s B p in
  ~ twins s 1 0 1 (run 0%nat) /\
  (forall t, (1 <= t)%nat -> twins s 1 0 1 (run t)).
Proof.
  intro run. split.
  - intros (rows & _ & _). specialize (rows 0%nat). cbn in rows. lra || (specialize (rows (le_S _ _ (le_n 1))); lra).
  - apply units_that_become_twins_stay_twins; [lia|].
    unfold run, trained. cbn [train]. unfold gradient_descent.
    repeat split; intros; rewrite ?a_weight_after_one_descent, ?a_bias_after_one_descent;
      rewrite ?dW_is_a_mean, ?db_is_a_mean; cbn [reals sub mul pred];
      change (values (plain p)) with p; change (examples B) with 2%nat; rewrite !small_sum_2;
      fold K.
    + destruct relu_hidden_deltas as [[-> ->] [-> ->]].
      destruct h as [|[|h]]; [| | cbn in H; lia]; cbn; field.
    + destruct relu_hidden_deltas as [[-> ->] [-> ->]]. cbn. field.
    + destruct h as [|h]; [| cbn in H; lia].
      destruct relu_output_deltas as [-> ->]. destruct relu_activations as [[-> ->] [-> ->]].
      cbn. field.
Qed.

End ReluMerge.

(** In binary64 the sigmoid is asked for nothing but its value at +0; elsewhere it is NaN here. *)
Definition sigmoid_at_zero_only (z : double) : double :=
  match z with S754_zero false => double_of 1 (-1) | _ => S754_nan end.

Definition relu_of_double (z : double) : double := if SFltb double_zero z then z else double_zero.
Definition heaviside_of_double (z : double) : double :=
  if SFltb double_zero z then double_of_nat 1 else double_zero.

Theorem relu_units_merge_exactly_in_binary64 :
  let o := binary64 sigmoid_at_zero_only (fun _ => S754_nan) (fun _ => S754_nan)
             relu_of_double heaviside_of_double (fun _ _ => S754_nan) in
  let s := sizes [2; 2; 1]%nat in
  let run := trained o Relu SigmoidCrossEntropy (double_of_Z 4) 2 s
               (relu_data double_zero double_of_Z) (relu_start double_zero double_of_Z) in
  different_then_twins s run /\
  weight (run 1%nat) 1 0 0 = double_of_Z (-5) /\ weight (run 1%nat) 1 0 1 = double_of_Z 16 /\
  weight (run 1%nat) 2 0 0 = double_of_Z 5.
Proof.
  intros o s run. split; [split|].
  - intros (rows & _ & _). specialize (rows 0%nat (le_S _ _ (le_n 1))). vm_compute in rows.
    discriminate rows.
  - apply units_that_become_twins_stay_twins; [lia|].
    split; [|split];
      [intros [|[|h]] Hh; [| | cbn in Hh; lia] | | intros [|h] Hh; [|cbn in Hh; lia]];
      vm_compute; reflexivity.
  - repeat split; vm_compute; reflexivity.
Qed.
