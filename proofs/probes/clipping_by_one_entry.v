(* A gradient scaled by one of its entries in place of their sum, which an exchange leaves alone. *)
(* expected: Error: Tactic failure: not a valid ring equation. *)
From Coq Require Import Reals.
From InitSymmetry Require Import Renumbering.
Local Open Scope R_scope.

Definition all (x : bool) : Prop := True.
Definition move (t : nat) (x : bool) (d : R) (c : R * unit) : R * unit := (fst c - d, tt).
Definition commutes (factor : (bool -> R) -> R) : Prop :=
  forall p q, renumbered all negb p q -> forall t,
  let run := train_at (fun _ p x => factor p * p x) move in
  renumbered all negb (run p t) (run q t).

Lemma commutes_if_invariant factor :
  (forall f h, renumbered all negb f h -> factor h = factor f) -> commutes factor.
Proof.
  intro invariant.
  refine (a_common_factor_that_is_invariant_commutes_with_training all (fun _ p => p)
    (fun _ => factor) Rmult move negb _ _ _); auto.
Qed.

Lemma with_the_hypothesis : commutes (fun p => p true + p false).
Proof. apply commutes_if_invariant. intros f h start. rewrite !start by exact I. cbn. ring. Qed.

Theorem with_another : commutes (fun p => p true).
Proof. apply commutes_if_invariant. intros f h start. rewrite !start by exact I. cbn. ring. Qed.
