(** Renumbering commutes with training.

    First of any parameters, in any arithmetic: a map of the coordinates that commutes with the
    gradient commutes with training by any per-parameter rule, memories renumbered too.  So what
    the map leaves alone at the start it leaves alone for ever: twins are the fixed points of
    exchanging two units.  Then of the network: every renumbering of its hidden units, layer by
    layer, commutes with the gradient, over the reals because the sums are reordered, and with the
    gradient clipped by its norm. *)

From Coq Require Import Reals List Arith Lia Lra Permutation.
From InitSymmetry Require Import Network Training Arithmetic Twins RealArithmetic.

(** Parameters are functions of a coordinate; [inside] says which coordinates there are. *)
Section Coordinates.
Context {X T M : Type} (inside : X -> Prop).

(** [q] is [p] renumbered: its entry at x is that of [p] at [map x]. *)
Definition renumbered {C} (map : X -> X) (p q : X -> C) : Prop :=
  forall x, inside x -> q x = p (map x).

Definition values_at (c : X -> T * M) (x : X) : T := fst (c x).

(** Each coordinate moves by its own value, gradient and memory. *)
Fixpoint train_at (gradient : nat -> (X -> T) -> X -> T) (move : nat -> X -> T -> T * M -> T * M)
    (start : X -> T * M) (t : nat) : X -> T * M :=
  match t with
  | O => start
  | S t' => fun x =>
      let now := train_at gradient move start t' in
      move t' x (gradient t' (values_at now) x) (now x)
  end.

Variables (gradient : nat -> (X -> T) -> X -> T) (move : nat -> X -> T -> T * M -> T * M).
Variable map : X -> X.
Hypothesis the_gradient_commutes : forall t p q,
  renumbered map p q -> renumbered map (gradient t p) (gradient t q).
Hypothesis the_rule_is_the_same : forall t x, inside x ->
  forall d c, move t x d c = move t (map x) d c.

Theorem what_commutes_with_the_gradient_commutes_with_training p q :
  renumbered map p q ->
  forall t, renumbered map (train_at gradient move p t) (train_at gradient move q t).
Proof.
  intros start t. induction t as [|t IH]; [exact start|]. intros x Hx. cbn.
  rewrite (IH x Hx), the_rule_is_the_same by exact Hx. f_equal.
  apply the_gradient_commutes; [|exact Hx]. intros y Hy. unfold values_at. now rewrite IH.
Qed.

Theorem what_a_map_leaves_alone_it_leaves_alone_forever p :
  renumbered map p p ->
  forall t, renumbered map (train_at gradient move p t) (train_at gradient move p t).
Proof. exact (what_commutes_with_the_gradient_commutes_with_training p p). Qed.

End Coordinates.

(** The gradient may first be scaled by one factor for all coordinates, if renumbering leaves the
    factor alone: clipping by the norm of the whole gradient is of this kind (below). *)
Theorem a_common_factor_that_is_invariant_commutes_with_training {X T M F} (inside : X -> Prop)
    (gradient : nat -> (X -> T) -> X -> T) (factor : nat -> (X -> T) -> F) (scale : F -> T -> T)
    (move : nat -> X -> T -> T * M -> T * M) (map : X -> X) :
  let related {C} := @renumbered X inside C map in
  (forall t p q, related p q -> related (gradient t p) (gradient t q)) ->
  (forall t f h, related f h -> factor t h = factor t f) ->
  (forall t x, inside x -> forall d c, move t x d c = move t (map x) d c) ->
  let scaled t p x := scale (factor t (gradient t p)) (gradient t p x) in
  forall p q, related p q ->
  forall t, related (train_at scaled move p t) (train_at scaled move q t).
Proof.
  intros related commutes invariant same scaled.
  apply what_commutes_with_the_gradient_commutes_with_training; [|exact same].
  intros t p q start x Hx. unfold scaled. rewrite (invariant t (gradient t p) (gradient t q)).
  - f_equal. now apply commutes.
  - now apply commutes.
Qed.

(** The coordinates of a network. *)
Inductive place := WeightAt (l i k : nat) | BiasAt (l i : nat).

Definition inside (depth : nat) (width : nat -> nat) (x : place) : Prop :=
  match x with
  | WeightAt l i k => 1 <= l <= depth /\ i < width l /\ k < width (pred l)
  | BiasAt l i => 1 <= l <= depth /\ i < width l
  end.

Definition entry {C} (c : parameters C) (x : place) : C :=
  match x with WeightAt l i k => weight c l i k | BiasAt l i => bias c l i end.

Definition from_entries {C} (f : place -> C) : parameters C :=
  Parameters (fun l i k => f (WeightAt l i k)) (fun l i => f (BiasAt l i)).

Definition gradient_at {T} (K : kernel T) depth width B (f : place -> T) (x : place) : T :=
  match x with
  | WeightAt l i k => dW K depth width B (from_entries f) l i k
  | BiasAt l i => db K depth width B (from_entries f) l i
  end.

Definition move_at {T M} (U : rule T M) (x : place) : T -> T * M -> T * M :=
  match x with WeightAt l i k => move_weight U l i k | BiasAt l i => move_bias U l i end.

(** Unit u of layer l gets the parameters of unit [pi l u]. *)
Definition renumber (pi : nat -> nat -> nat) (x : place) : place :=
  match x with
  | WeightAt l i k => WeightAt l (pi l i) (pi (pred l) k)
  | BiasAt l i => BiasAt l (pi l i)
  end.

Lemma the_entries_are_the_parameters {C} (c : parameters C) : from_entries (entry c) = c.
Proof. now destruct c. Qed.

Lemma training_a_network_is_training_its_entries {T M} (K : nat -> kernel T)
    (U : nat -> rule T M) depth width B c t :
  train K U depth width B c t =
  from_entries (train_at (fun t => gradient_at (K t) depth width (B t)) (fun t => move_at (U t))
    (entry c) t).
Proof.
  induction t as [|t IH]; [symmetry; apply the_entries_are_the_parameters|].
  cbn [train]. rewrite IH. reflexivity.
Qed.

Local Open Scope R_scope.

Lemma a_sum_is_that_of_a_list n f :
  sum n f = fold_right Rplus 0 (List.map f (seq 0 n)).
Proof.
  induction n as [|n IH]; [reflexivity|]. cbn [sum]. rewrite IH, seq_S, map_app, fold_right_app.
  cbn. rewrite Rplus_0_r. generalize (List.map f (seq 0 n)). intro u.
  induction u as [|x u IHu]; cbn; [ring|]. rewrite <- IHu. ring.
Qed.

Lemma distinct_images (f : nat -> nat) u :
  (forall x y, In x u -> In y u -> f x = f y -> x = y) -> NoDup u -> NoDup (List.map f u).
Proof.
  intro different. induction 1 as [|x u out _ IH]; cbn; constructor.
  - rewrite in_map_iff. intros (y & E & Hy). apply out.
    rewrite <- (different y x); [exact Hy | now right | now left | exact E].
  - apply IH. intros y z Hy Hz. apply different; now right.
Qed.

(** [pi] permutes the first n numbers. *)
Definition permutes (n : nat) (pi : nat -> nat) : Prop :=
  (forall u, (u < n)%nat -> (pi u < n)%nat) /\
  (forall u v, (u < n)%nat -> (v < n)%nat -> pi u = pi v -> u = v).

Lemma a_reordered_sum n pi f : permutes n pi -> sum n (fun u => f (pi u)) = sum n f.
Proof.
  intros [below different].
  assert (P : Permutation (List.map pi (seq 0 n)) (seq 0 n)).
  { apply NoDup_Permutation_bis.
    - apply distinct_images.
      + intros u v Hu Hv. apply in_seq in Hu, Hv. apply different; lia.
      + apply seq_NoDup.
    - now rewrite map_length.
    - intros v Hv. apply in_map_iff in Hv. destruct Hv as (u & <- & Hu). apply in_seq in Hu.
      apply in_seq. specialize (below u). lia. }
  rewrite !a_sum_is_that_of_a_list, <- (map_map pi f).
  apply (Permutation_map f) in P. induction P; cbn; lra.
Qed.

Section Network.
Variables (g : activation) (c : loss) (depth : nat) (width : nat -> nat).
Let K := ordinary reals g c.
Variable pi : nat -> nat -> nat.
Hypothesis inputs_stay : forall u, pi 0%nat u = u.
Hypothesis outputs_stay : forall u, pi depth u = u.
Hypothesis hidden_units_are_permuted : forall l, (l <= depth)%nat -> permutes (width l) (pi l).

Let related {C} := @renumbered place (inside depth width) C (renumber pi).

Section OnePass.
Variables (B : batch R) (p q : place -> R).
Hypothesis start : related p q.
Let P := from_entries p.
Let Q := from_entries q.

Let weights l i k : (1 <= l <= depth)%nat -> (i < width l)%nat -> (k < width (pred l))%nat ->
  weight Q l i k = weight P l (pi l i) (pi (pred l) k).
Proof. intros. now apply (start (WeightAt l i k)). Qed.

Let biases l i : (1 <= l <= depth)%nat -> (i < width l)%nat -> bias Q l i = bias P l (pi l i).
Proof. intros. now apply (start (BiasAt l i)). Qed.

Lemma renumbered_preactivations_above l : (l < depth)%nat ->
  (forall k j, (k < width l)%nat -> a K width B Q l k j = a K width B P l (pi l k) j) ->
  forall i j, (i < width (S l))%nat -> z K width B Q (S l) i j = z K width B P (S l) (pi (S l) i) j.
Proof.
  intros below A i j Hi. unfold K. rewrite !z_is_a_sum. fold K. cbn [pred].
  rewrite biases by lia. f_equal.
  rewrite <- (a_reordered_sum _ (pi l)
    (fun k => weight P (S l) (pi (S l) i) k * a K width B P l k j))
    by (apply hidden_units_are_permuted; lia).
  apply sum_ext. intros k Hk. now rewrite weights, A by (cbn; lia).
Qed.

Lemma renumbered_activations l : (l <= depth)%nat ->
  forall i j, (i < width l)%nat -> a K width B Q l i j = a K width B P l (pi l i) j.
Proof.
  induction l as [|l IH]; intros below i j Hi.
  - cbn. now rewrite inputs_stay.
  - rewrite !a_is_the_squashed_z by lia. cbn [squash K ordinary]. f_equal.
    apply renumbered_preactivations_above; [lia | | exact Hi]. intros. apply IH; lia.
Qed.

Lemma renumbered_preactivations l i j : (1 <= l <= depth)%nat -> (i < width l)%nat ->
  z K width B Q l i j = z K width B P l (pi l i) j.
Proof.
  intros within Hi. destruct l as [|l]; [lia|].
  apply renumbered_preactivations_above; [lia | | exact Hi].
  intros. apply renumbered_activations; lia.
Qed.

Lemma renumbered_deltas s : forall l i j,
  (l = depth - s)%nat -> (1 <= l <= depth)%nat -> (i < width l)%nat ->
  dz K depth width B Q l i j = dz K depth width B P l (pi l i) j.
Proof.
  induction s as [|s IH]; intros l i j E within Hi.
  - replace l with depth in * by lia. rewrite !(dz_of_the_output K depth width).
    rewrite renumbered_preactivations by assumption. rewrite outputs_stay. f_equal.
    apply equal_outputs_have_equal_logits; [reflexivity|].
    intros o Ho. rewrite renumbered_preactivations by assumption. now rewrite outputs_stay.
  - destruct (Nat.eq_dec l depth); [apply IH; lia|].
    rewrite !dz_of_a_hidden_layer, renumbered_preactivations, renumbered_activations by lia.
    enough (D : da K depth width B Q l i j = da K depth width B P l (pi l i) j) by now rewrite D.
    unfold K. rewrite !da_is_a_sum. fold K.
    rewrite <- (a_reordered_sum _ (pi (S l))
      (fun k => weight P (S l) k (pi l i) * dz K depth width B P (S l) k j))
      by (apply hidden_units_are_permuted; lia).
    apply sum_ext. intros k Hk. now rewrite weights, (IH (S l)) by (cbn; lia).
Qed.

Theorem the_gradient_commutes_with_renumbering_hidden_units :
  related (gradient_at K depth width B p) (gradient_at K depth width B q).
Proof.
  intros [l i k | l i] within; cbn [inside] in within; cbn [gradient_at renumber];
    fold P; fold Q; unfold K.
  - rewrite !dW_is_a_mean. f_equal. apply sum_ext. intros j _. fold K.
    rewrite (renumbered_deltas (depth - l)) by lia.
    now rewrite renumbered_activations by lia.
  - rewrite !db_is_a_mean. f_equal. apply sum_ext. intros j _. fold K.
    now rewrite (renumbered_deltas (depth - l)) by lia.
Qed.

End OnePass.

(** Any per-parameter rule that is the same for all units of a layer: momentum, Adam, a rate for
    each layer, a schedule.  Memories are renumbered with their parameters. *)
Theorem training_commutes_with_renumbering_hidden_units {M}
    (move_w move_b : nat -> nat -> R -> R * M -> R * M) (B : nat -> batch R)
    (p q : parameters (R * M)) :
  let trained := train (fun _ => K)
    (fun t => Rule (fun l _ _ => move_w t l) (fun l _ => move_b t l)) depth width B in
  related (entry p) (entry q) -> forall t, related (entry (trained p t)) (entry (trained q t)).
Proof.
  intros trained start t. unfold trained. rewrite !training_a_network_is_training_its_entries.
  set (gradient := fun t => gradient_at K depth width (B t)).
  set (move := fun t => move_at (Rule (fun l _ _ => move_w t l) (fun l _ => move_b t l))).
  assert (E : related (train_at gradient move (entry p) t) (train_at gradient move (entry q) t)).
  { apply what_commutes_with_the_gradient_commutes_with_training; [| | exact start].
    - intro. apply the_gradient_commutes_with_renumbering_hidden_units.
    - now intros time []. }
  intros [l i k | l i] Hx; exact (E _ Hx).
Qed.

(** Twins are such a start (below); so is every symmetry among the units of several layers. *)
Theorem what_a_renumbering_leaves_alone_it_leaves_alone_forever {M}
    (move_w move_b : nat -> nat -> R -> R * M -> R * M) (B : nat -> batch R)
    (p : parameters (R * M)) :
  let trained := train (fun _ => K)
    (fun t => Rule (fun l _ _ => move_w t l) (fun l _ => move_b t l)) depth width B in
  related (entry p) (entry p) -> forall t, related (entry (trained p t)) (entry (trained p t)).
Proof. exact (training_commutes_with_renumbering_hidden_units move_w move_b B p p). Qed.

(** The sum of the squares of all entries. *)
Definition squared_norm (f : place -> R) : R :=
  sum depth (fun l => sum (width (S l)) (fun i =>
    sum (width l) (fun k => Rsqr (f (WeightAt (S l) i k))) + Rsqr (f (BiasAt (S l) i)))).

Lemma renumbering_leaves_the_norm_alone f h : related f h -> squared_norm h = squared_norm f.
Proof.
  intro same. symmetry. apply sum_ext. intros l Hl.
  rewrite <- (a_reordered_sum (width (S l)) (pi (S l))) by (apply hidden_units_are_permuted; lia).
  apply sum_ext. intros i Hi. rewrite (same (BiasAt (S l) i)) by (cbn; lia). f_equal.
  cbn [renumber].
  rewrite <- (a_reordered_sum (width l) (pi l)
    (fun k => Rsqr (f (WeightAt (S l) (pi (S l) i) k)))) by (apply hidden_units_are_permuted; lia).
  apply sum_ext. intros k Hk. now rewrite (same (WeightAt (S l) i k)) by (cbn; lia).
Qed.

(** Clipping by the global norm: a gradient longer than [limit] is shortened to it. *)
Definition clip (limit : R) (f : place -> R) (x : place) : R :=
  Rmin 1 (limit / sqrt (squared_norm f)) * f x.

Theorem training_with_a_clipped_gradient_commutes_with_renumbering_hidden_units {M}
    (limit : nat -> R) (move_w move_b : nat -> nat -> R -> R * M -> R * M) (B : nat -> batch R)
    (p q : place -> R * M) :
  let trained := train_at (fun t p => clip (limit t) (gradient_at K depth width (B t) p))
    (fun t => move_at (Rule (fun l _ _ => move_w t l) (fun l _ => move_b t l))) in
  related p q -> forall t, related (trained p t) (trained q t).
Proof.
  apply (a_common_factor_that_is_invariant_commutes_with_training (inside depth width)
    (fun t => gradient_at K depth width (B t))
    (fun t f => Rmin 1 (limit t / sqrt (squared_norm f))) Rmult).
  - intro. apply the_gradient_commutes_with_renumbering_hidden_units.
  - intros t f h same. now rewrite (renumbering_leaves_the_norm_alone f h same).
  - now intros time [].
Qed.

End Network.

(** Exchanging units i and k of layer l. *)
Definition exchange (l i k : nat) (m u : nat) : nat :=
  if (m =? l)%nat then if (u =? i)%nat then k else if (u =? k)%nat then i else u else u.

Theorem twins_are_what_exchanging_two_units_leaves_alone {C} depth width l i k (c : parameters C) :
  (1 <= l < depth)%nat -> (i < width l)%nat -> (k < width l)%nat ->
  twins width l i k c <->
  renumbered (inside depth width) (renumber (exchange l i k)) (entry c) (entry c).
Proof.
  intros hidden Hi Hk. unfold exchange. split.
  - intros (rows & biases & columns) [m u h | m u] within; cbn in within |- *.
    + destruct (Nat.eqb_spec m l) as [->|].
      * destruct (Nat.eqb_spec (pred l) l); [lia|].
        destruct (Nat.eqb_spec u i) as [->|]; [apply rows; lia|].
        destruct (Nat.eqb_spec u k) as [->|]; [symmetry; apply rows; lia | reflexivity].
      * destruct (Nat.eqb_spec (pred m) l) as [E|]; [|reflexivity].
        replace m with (S l) in * by lia.
        destruct (Nat.eqb_spec h i) as [->|]; [apply columns; lia|].
        destruct (Nat.eqb_spec h k) as [->|]; [symmetry; apply columns; lia | reflexivity].
    + destruct (Nat.eqb_spec m l) as [->|]; [|reflexivity].
      destruct (Nat.eqb_spec u i) as [->|]; [exact biases|].
      destruct (Nat.eqb_spec u k) as [->|]; [symmetry; exact biases | reflexivity].
  - intro same. repeat split; [intros h Hh | | intros h Hh].
    + specialize (same (WeightAt l i h)). cbn in same. rewrite !Nat.eqb_refl in same.
      destruct (Nat.eqb_spec (pred l) l); [lia|]. apply same. lia.
    + specialize (same (BiasAt l i)). cbn in same. rewrite !Nat.eqb_refl in same. apply same. lia.
    + specialize (same (WeightAt (S l) h i)). cbn [inside pred entry renumber] in same.
      rewrite !Nat.eqb_refl in same. destruct (Nat.eqb_spec (S l) l); [lia|]. apply same. lia.
Qed.
