(** The symmetries of a loss are symmetries of its gradient, hence of training.

    If renumbering the coordinates leaves the loss alone, the partial derivative at a renumbered
    point is the partial derivative at the point, renumbered.  Any function of any coordinates over
    the reals: no network is spoken of. *)

From Coq Require Import Reals.
From Coquelicot Require Import Coquelicot.
From InitSymmetry Require Import Renumbering.
Local Open Scope R_scope.

Section Invariant.
Context {X : Type} (same : forall x y : X, {x = y} + {x <> y}) (inside : X -> Prop).
Variable map : X -> X.
Hypothesis stays_inside : forall x, inside x -> inside (map x).
Hypothesis different : forall x y, inside x -> inside y -> map x = map y -> x = y.

Let related {C} := @renumbered X inside C map.

Definition moved (p : X -> R) (x : X) (s : R) (y : X) : R := if same y x then s else p y.

(** [d] is the derivative of [L] with respect to the coordinate [x] at [p]. *)
Definition partial (L : (X -> R) -> R) (p : X -> R) (x : X) (d : R) : Prop :=
  is_derive (fun s => L (moved p x s)) (p x) d.

Definition invariant (L : (X -> R) -> R) : Prop := forall p q, related p q -> L q = L p.

Lemma moving_commutes_with_renumbering p q x s :
  inside x -> related p q -> related (moved p (map x) s) (moved q x s).
Proof.
  intros Hx start y Hy. unfold moved.
  destruct (same y x) as [E|other], (same (map y) (map x)) as [F|F]; auto; exfalso.
  - apply F. now rewrite E.
  - now apply other, different.
Qed.

(** One side exists if the other does. *)
Theorem the_gradient_of_an_invariant_loss_is_renumbered_with_the_point L p q x d :
  invariant L -> inside x -> related p q -> partial L q x d <-> partial L p (map x) d.
Proof.
  intros symmetric Hx start. unfold partial. rewrite (start x Hx).
  assert (E : forall s, L (moved q x s) = L (moved p (map x) s)).
  { intro s. now apply symmetric, moving_commutes_with_renumbering. }
  split; intro D; refine (is_derive_ext _ _ _ _ _ D); intro; rewrite E; reflexivity.
Qed.

(** The loss may change with time (mini-batches).  It has to be differentiable at the points of the
    two runs, and the gradient to be its derivative there. *)
Theorem training_on_an_invariant_loss_commutes_with_renumbering {M}
    (L : nat -> (X -> R) -> R) (gradient : nat -> (X -> R) -> X -> R)
    (move : nat -> X -> R -> R * M -> R * M) (p q : X -> R * M) :
  let trained := train_at gradient move in
  let slopes_are_right run := forall t x, inside x ->
    partial (L t) (values_at (run t)) x (gradient t (values_at (run t)) x) in
  (forall t, invariant (L t)) ->
  (forall t x, inside x -> forall d c, move t x d c = move t (map x) d c) ->
  slopes_are_right (trained p) -> slopes_are_right (trained q) ->
  related p q -> forall t, related (trained p t) (trained q t).
Proof.
  intros trained slopes_are_right symmetric alike at_p at_q start t.
  induction t as [|t IH]; [exact start|]. intros x Hx. cbn.
  fold trained. rewrite (IH x Hx), alike by exact Hx. f_equal.
  assert (V : related (values_at (trained p t)) (values_at (trained q t))).
  { intros y Hy. unfold values_at. now rewrite IH. }
  rewrite <- (is_derive_unique _ _ _ (at_p t (map x) (stays_inside x Hx))). symmetry.
  apply is_derive_unique.
  apply (the_gradient_of_an_invariant_loss_is_renumbered_with_the_point (L t) _ _ x _
    (symmetric t) Hx V).
  now apply at_q.
Qed.

(** What the renumbering leaves alone at the start it leaves alone for ever. *)
Theorem a_symmetry_of_the_loss_and_of_the_start_is_kept_forever {M}
    (L : nat -> (X -> R) -> R) (gradient : nat -> (X -> R) -> X -> R)
    (move : nat -> X -> R -> R * M -> R * M) (p : X -> R * M) :
  let run := train_at gradient move p in
  (forall t, invariant (L t)) ->
  (forall t x, inside x -> forall d c, move t x d c = move t (map x) d c) ->
  (forall t x, inside x ->
    partial (L t) (values_at (run t)) x (gradient t (values_at (run t)) x)) ->
  related p p -> forall t, related (run t) (run t).
Proof.
  intros run symmetric alike slopes.
  now apply (training_on_an_invariant_loss_commutes_with_renumbering L).
Qed.

End Invariant.
