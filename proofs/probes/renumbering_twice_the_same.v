(* A "renumbering" that gives both hidden units the parameters of unit 0. *)
(* expected: Error: Tactic failure: Cannot find witness. *)
From Coq Require Import Reals List Arith Lia.
Import ListNotations.
From InitSymmetry Require Import Network Training Arithmetic Integers RealArithmetic Renumbering.
Local Open Scope R_scope.

Definition s := sizes [1; 2; 1]%nat.
Definition in_the_middle (pi : nat -> nat) (l u : nat) : nat :=
  match l with 1%nat => pi u | _ => u end.
Definition swap (u : nat) : nat := match u with 0 => 1 | 1 => 0 | _ => u end.
Definition merge (u : nat) : nat := match u with 0 | 1 => 0 | _ => u end.

Definition commutes (pi : nat -> nat) : Prop :=
  forall g c B (p q : place -> R),
  let G := gradient_at (ordinary reals g c) 2 s B in
  renumbered (inside 2 s) (renumber (in_the_middle pi)) p q ->
  renumbered (inside 2 s) (renumber (in_the_middle pi)) (G p) (G q).

Lemma commutes_if_it_permutes pi : permutes 2 pi -> commutes pi.
Proof.
  intros P g c B p q. apply the_gradient_commutes_with_renumbering_hidden_units; try reflexivity.
  intros [|[|l]] Hl; [now split | exact P | now split].
Qed.

Lemma with_the_hypothesis : commutes swap.
Proof. apply commutes_if_it_permutes. split; [intros [|[|u]] | intros [|[|u]] [|[|v]]]; cbn; lia. Qed.

Theorem with_another : commutes merge.
Proof. apply commutes_if_it_permutes. split; [intros [|[|u]] | intros [|[|u]] [|[|v]]]; cbn; lia. Qed.
