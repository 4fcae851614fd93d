(* A unit split into copies with shares s and 1 + s in place of s and 1 - s. *)
(* expected: Error: Tactic failure: not a valid ring equation. *)
From Coq Require Import Reals List Arith Lia Lra.
Import ListNotations.
From InitSymmetry Require Import Network Training Arithmetic Integers RealArithmetic Splitting.
Local Open Scope R_scope.

(** The hidden unit of 1-1-1 becomes two copies, with shares s and r. *)
Definition narrow := sizes [1; 1; 1]%nat.
Definition wide := sizes [1; 2; 1]%nat.
Definition copied (m u : nat) : nat := match m with 1%nat => 0%nat | _ => u end.
Definition share (s r : R) (m u : nat) : R :=
  match m, u with 1%nat, 0%nat => s | 1%nat, _ => r | _, _ => 1 end.
Definition copies (s r : R) (q : parameters R) : parameters R :=
  Parameters (fun m u k => share s r (pred m) k * weight q m (copied m u) (copied (pred m) k))
             (fun m u => bias q m (copied m u)).

Lemma split_if_the_shares_sum_to_one s r q :
  s + r = 1 -> split 2 wide narrow copied (share s r) (copies s r q) q.
Proof.
  intro one. constructor; try reflexivity.
  - intros [|[|[|m]]] u Hm Hu; cbn in *; lia.
  - intros [|[|[|m]]] [|k] Hm Hk; unfold shares_of; cbn in *; lia || lra.
  - now split.
Qed.

Lemma with_the_hypothesis g s q B j : let K := ordinary reals g SigmoidCrossEntropy in
  z K wide B (copies s (1 - s) q) 2 0 j = z K narrow B q 2 0 j.
Proof. eapply a_split_network_computes_the_same; [apply split_if_the_shares_sum_to_one; ring | lia | cbn; lia]. Qed.

Theorem with_another g s q B j : let K := ordinary reals g SigmoidCrossEntropy in
  z K wide B (copies s (1 + s) q) 2 0 j = z K narrow B q 2 0 j.
Proof. eapply a_split_network_computes_the_same; [apply split_if_the_shares_sum_to_one; ring | lia | cbn; lia]. Qed.
