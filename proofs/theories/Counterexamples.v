(** No hypothesis of "twins stay twins" can be dropped.  Each theorem is one small network over
    the integers, one example, identity activation, squared error, rate 1, so the numbers can be
    followed by hand. *)

From Coq Require Import ZArith List.
Import ListNotations.
From InitSymmetry Require Import Network Training Arithmetic Twins Integers.
Local Open Scope Z_scope.

Definition one_example (x y : Z) : batch Z := Batch 1 (fun _ _ => x) (fun _ _ => y).

Definition after_one_step p :=
  trained integers Identity IdentitySquaredError 1 2 (sizes [1; 2; 1]%nat) (one_example 1 1) p 1.

(** W1 = (0, 0), b1 = 0 but W2 = (1, 2): equal rows and biases are not enough. *)
Theorem equal_rows_and_biases_without_equal_outgoing_weights_split :
  exists p : parameters Z,
    weight p 1 0 0 = 0 /\ weight p 1 1 0 = 0 /\ bias p 1 0 = bias p 1 1 /\
    weight (after_one_step p) 1 0 0 <> weight (after_one_step p) 1 1 0.
Proof.
  exists (shallow 0 [[0]; [0]] [0; 0] [[1; 2]] [0]). repeat split. vm_compute. discriminate.
Qed.

(** The same rows and outgoing weights with different biases. *)
Theorem equal_weights_without_equal_biases_split :
  exists p : parameters Z,
    weight p 1 0 0 = weight p 1 1 0 /\ weight p 2 0 0 = weight p 2 0 1 /\
    weight (after_one_step p) 2 0 0 <> weight (after_one_step p) 2 0 1.
Proof.
  exists (shallow 0 [[1]; [1]] [0; 1] [[1; 1]] [0]). repeat split. vm_compute. discriminate.
Qed.

(** Equal biases and outgoing weights with different rows. *)
Theorem equal_biases_and_outgoing_weights_without_equal_rows_split :
  exists p : parameters Z,
    bias p 1 0 = bias p 1 1 /\ weight p 2 0 0 = weight p 2 0 1 /\
    weight (after_one_step p) 2 0 0 <> weight (after_one_step p) 2 0 1.
Proof.
  exists (shallow 0 [[1]; [2]] [0; 0] [[1; 1]] [0]). repeat split. vm_compute. discriminate.
Qed.

(** A kernel that treats unit 1 otherwise: it doubles that unit's preactivation. *)
Definition unfair : kernel Z :=
  let K := ordinary integers Identity IdentitySquaredError in
  Kernel (fun l i j w x b => if (Nat.eqb l 1 && Nat.eqb i 1)%bool
                             then 2 * preactivation K l i j w x b
                             else preactivation K l i j w x b)
    (squash K) (miss K) (backflow K) (pull K) (weight_slope K) (bias_slope K).

Theorem a_kernel_that_is_not_uniform_splits_twins :
  exists p : parameters Z,
    twins (sizes [1; 2; 1]%nat) 1 0 1 p /\
    ~ twins (sizes [1; 2; 1]%nat) 1 0 1
        (values (train (fun _ => unfair) (fun _ => gradient_descent integers 1) 2
           (sizes [1; 2; 1]%nat) (fun _ => one_example 1 1) (plain p) 1)).
Proof.
  exists (constant 1 0). split; [repeat split|].
  intros (_ & _ & columns). specialize (columns 0%nat (le_n 1)). vm_compute in columns.
  discriminate columns.
Qed.

(** A rule that moves unit 1 at another rate. *)
Theorem a_rule_that_is_not_uniform_splits_twins :
  exists p : parameters Z,
    twins (sizes [1; 2; 1]%nat) 1 0 1 p /\
    ~ twins (sizes [1; 2; 1]%nat) 1 0 1
        (values (train (fun _ => ordinary integers Identity IdentitySquaredError)
           (fun _ => descend integers
              (fun l i _ => if (Nat.eqb l 1 && Nat.eqb i 1)%bool then 2 else 1) (fun _ _ => 1)) 2
           (sizes [1; 2; 1]%nat) (fun _ => one_example 1 0) (plain p) 1)).
Proof.
  exists (constant 1 0). split; [repeat split|].
  intros (rows & _ & _). specialize (rows 0%nat (le_n 1)). vm_compute in rows.
  discriminate rows.
Qed.

(** Twins whose optimiser memories differ: momentum 1, memories 0 and 1. *)
Definition momentum : rule Z Z :=
  let move g c := let m := snd c + g in (fst c - m, m) in
  Rule (fun _ _ _ => move) (fun _ _ => move).

Theorem twins_with_different_memories_split :
  exists c : parameters (Z * Z),
    twins (sizes [1; 2; 1]%nat) 1 0 1 (values c) /\
    ~ twins (sizes [1; 2; 1]%nat) 1 0 1
        (values (train (fun _ => ordinary integers Identity IdentitySquaredError)
           (fun _ => momentum) 2 (sizes [1; 2; 1]%nat) (fun _ => one_example 1 1) c 1)).
Proof.
  exists (Parameters (fun l i _ => (1, match l, i with 1%nat, 1%nat => 1 | _, _ => 0 end))
            (fun _ _ => (0, 0))).
  split; [repeat split|].
  intros (rows & _ & _). specialize (rows 0%nat (le_n 1)). vm_compute in rows.
  discriminate rows.
Qed.

(** Where g(0) is not 0 zero does not stay zero: "identity plus one" in place of the activation. *)
Theorem zero_moves_if_the_activation_does_not_vanish_at_zero :
  let K := ordinary integers Identity IdentitySquaredError in
  let K1 := Kernel (preactivation K) (fun l i j z => squash K l i j z + 1) (miss K) (backflow K)
              (pull K) (weight_slope K) (bias_slope K) in
  weight (values (train (fun _ => K1) (fun _ => gradient_descent integers 1) 2
    (sizes [1; 2; 1]%nat) (fun _ => one_example 1 1) (plain (constant 0 0)) 1)) 2 0 0 <> 0.
Proof. vm_compute. discriminate. Qed.
