(** In binary64 the order of a sum matters, and a kernel that adds one unit's row in the other
    order separates twins.  The witness is 3-2-1, identity activation, squared error, one example
    (0.1, 0.2, 0.3) with label 11, all weights 1, biases 0, rate 1/2. *)

From Coq Require Import ZArith List Floats.SpecFloat.
Import ListNotations.
From InitSymmetry Require Import Network Training Arithmetic Twins Integers Binary64.

(** The doubles nearest to 1/10, 2/10 and 3/10, as quotients rounded once. *)
Definition tenths (k : nat) : double :=
  SFdiv prec emax (double_of_nat k) (double_of_nat 10).

Theorem the_order_of_a_sum_matters_in_binary64 :
  total bare_binary64 [tenths 1; tenths 2; tenths 3] <>
  total bare_binary64 [tenths 3; tenths 2; tenths 1].
Proof. vm_compute. discriminate. Qed.

Definition reversed_in_unit_one : kernel double :=
  let K := ordinary bare_binary64 Identity IdentitySquaredError in
  Kernel (fun l i j w x b => if (Nat.eqb l 1 && Nat.eqb i 1)%bool
                             then preactivation K l i j (rev w) (rev x) b
                             else preactivation K l i j w x b)
    (squash K) (miss K) (backflow K) (pull K) (weight_slope K) (bias_slope K).

Definition three_tenths : batch double :=
  Batch 1 (fun k _ => tenths (S k)) (fun _ _ => double_of_nat 11).

Definition run (K : kernel double) (t : nat) : parameters double :=
  values (train (fun _ => K) (fun _ => gradient_descent bare_binary64 (double_of 1 (-1))) 2
    (sizes [3; 2; 1]) (fun _ => three_tenths)
    (plain (constant (double_of_nat 1) double_zero)) t).

Theorem a_row_added_in_reverse_splits_twins_at_the_second_step :
  twins (sizes [3; 2; 1]) 1 0 1 (run reversed_in_unit_one 0) /\
  weight (run reversed_in_unit_one 1) 2 0 0 <> weight (run reversed_in_unit_one 1) 2 0 1 /\
  (forall k, k < 3 -> weight (run reversed_in_unit_one 1) 1 0 k =
                      weight (run reversed_in_unit_one 1) 1 1 k) /\
  weight (run reversed_in_unit_one 2) 1 0 0 <> weight (run reversed_in_unit_one 2) 1 1 0.
Proof.
  split; [|split; [|split]].
  - repeat split.
  - vm_compute. discriminate.
  - intros k Hk. destruct k as [|[|[|k]]]; [vm_compute; reflexivity ..|].
    exfalso. do 3 apply Nat.succ_lt_mono in Hk. inversion Hk.
  - vm_compute. discriminate.
Qed.

(** The same run with the ordinary kernel does keep them. *)
Theorem the_same_row_added_in_order_keeps_twins :
  forall t, twins (sizes [3; 2; 1]) 1 0 1
    (run (ordinary bare_binary64 Identity IdentitySquaredError) t).
Proof.
  intro t. apply twin_cells_have_twin_values, twins_stay_twins.
  - repeat constructor.
  - intro; constructor; reflexivity.
  - intro; constructor; reflexivity.
  - repeat split.
Qed.
