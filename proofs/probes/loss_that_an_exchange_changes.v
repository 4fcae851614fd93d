(* The gradient of p₁ - p₂ at a point with its two entries exchanged, in place of p₁ + p₂. *)
(* expected: Error: Tactic failure: not a valid ring equation. *)
From Coq Require Import Reals Bool.
From InitSymmetry Require Import Renumbering InvariantLoss.
Local Open Scope R_scope.

Definition all (x : bool) : Prop := True.
Definition commutes (L : (bool -> R) -> R) : Prop := forall p q x d,
  renumbered all negb p q -> partial bool_dec L q x d <-> partial bool_dec L p (negb x) d.

Lemma commutes_if_invariant L : invariant all negb L -> commutes L.
Proof.
  intros symmetric p q x d.
  apply (the_gradient_of_an_invariant_loss_is_renumbered_with_the_point bool_dec all negb);
    [intros [] [] _ _; now cbn | exact symmetric | exact I].
Qed.

Lemma with_the_hypothesis : commutes (fun p => p true + p false).
Proof. apply commutes_if_invariant. intros p q start. rewrite !start by exact I. cbn. ring. Qed.

Theorem with_another : commutes (fun p => p true - p false).
Proof. apply commutes_if_invariant. intros p q start. rewrite !start by exact I. cbn. ring. Qed.
