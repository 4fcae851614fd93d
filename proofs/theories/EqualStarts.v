(** The lesson's case: zero or constant starts, trained by gradient descent with the ordinary
    kernel, over any arithmetic whatever. *)

From Coq Require Import List Arith Lia.
From InitSymmetry Require Import Network Training Arithmetic Twins.

Theorem the_ordinary_kernel_is_uniform {T} (o : ops T) g c l i k : uniform l i k (ordinary o g c).
Proof. constructor; reflexivity. Qed.

Theorem one_rate_for_all_is_uniform {T} (o : ops T) rate l i k :
  uniform_rule l i k (gradient_descent o rate).
Proof. constructor; reflexivity. Qed.

Theorem twins_stay_twins_under_gradient_descent {T} (o : ops T) g c rate depth width B start l i k :
  1 <= l < depth -> twins width l i k start ->
  forall t, twins width l i k (trained o g c rate depth width B start t).
Proof.
  intros hidden (rows & biases & columns) t. unfold trained.
  apply twin_cells_have_twin_values, twins_stay_twins.
  - exact hidden.
  - intro. apply the_ordinary_kernel_is_uniform.
  - intro. apply one_rate_for_all_is_uniform.
  - repeat split; cbn; intros; f_equal; auto.
Qed.

(** Nothing before counts: units that ever become twins stay twins. *)
Theorem units_that_become_twins_stay_twins {T} (o : ops T) g c rate depth width B start l i k s :
  1 <= l < depth -> twins width l i k (trained o g c rate depth width B start s) ->
  forall t, s <= t -> twins width l i k (trained o g c rate depth width B start t).
Proof.
  intros hidden (rows & biases & columns) t later. unfold trained.
  apply twin_cells_have_twin_values.
  induction later as [|t later IH].
  - assert (memoryless : forall x y : T * unit, fst x = fst y -> x = y).
    { intros [x []] [y []]. cbn. now intros ->. }
    repeat split; intros; apply memoryless;
      [now apply rows | exact biases | now apply columns].
  - apply twins_are_twins_after_one_step;
      [exact hidden | apply the_ordinary_kernel_is_uniform | apply one_rate_for_all_is_uniform |
       exact IH].
Qed.

(** One weight and one bias for each layer: this covers "all weights 0.5, biases 0". *)
Definition constant_by_layer {T} (w b : nat -> T) : parameters T :=
  Parameters (fun l _ _ => w l) (fun l _ => b l).

Theorem a_constant_start_keeps_all_units_twins_forever {T} (o : ops T) g c rate depth width B w b
    l i k :
  1 <= l < depth ->
  forall t, twins width l i k (trained o g c rate depth width B (constant_by_layer w b) t).
Proof.
  intro hidden. apply twins_stay_twins_under_gradient_descent; [exact hidden|].
  repeat split; intros; reflexivity.
Qed.

Theorem a_zero_start_keeps_all_units_twins_forever {T} (o : ops T) g c rate depth width B l i k :
  1 <= l < depth ->
  forall t, twins width l i k (trained o g c rate depth width B (constant (zero o) (zero o)) t).
Proof.
  intro hidden.
  exact (a_constant_start_keeps_all_units_twins_forever o g c rate depth width B
    (fun _ => zero o) (fun _ => zero o) l i k hidden).
Qed.

(** Any optimiser that treats the weights of a layer alike and its biases alike, and any twins
    whose memories are equal too: momentum, Nesterov, RMSProp, Adam; weight decay on the weights
    alone; a rate for each layer; mini-batches.  The activation may change with time as well. *)
Theorem twins_with_equal_memories_stay_twins_under_every_per_parameter_optimiser {T M} (o : ops T)
    (g : nat -> activation) (c : nat -> loss) (move_w move_b : nat -> nat -> T -> T * M -> T * M)
    depth width (B : nat -> batch T) (start : parameters (T * M)) l i k :
  1 <= l < depth -> twins width l i k start ->
  forall t, twins width l i k
    (train (fun time => ordinary o (g time) (c time))
       (fun time => Rule (fun layer _ _ => move_w time layer) (fun layer _ => move_b time layer))
       depth width B start t).
Proof.
  intros hidden equal. apply twins_stay_twins.
  - exact hidden.
  - intro. apply the_ordinary_kernel_is_uniform.
  - intro. constructor; reflexivity.
  - exact equal.
Qed.

Theorem a_constant_start_survives_every_per_parameter_optimiser {T M} (o : ops T) g c
    (move_w move_b : nat -> nat -> T -> T * M -> T * M) depth width (B : nat -> batch T)
    (w b : nat -> T * M) l i k :
  1 <= l < depth ->
  forall t, twins width l i k
    (train (fun _ => ordinary o g c)
       (fun time => Rule (fun layer _ _ => move_w time layer) (fun layer _ => move_b time layer))
       depth width B (constant_by_layer w b) t).
Proof.
  intro hidden.
  apply (twins_with_equal_memories_stay_twins_under_every_per_parameter_optimiser o
    (fun _ => g) (fun _ => c)); [exact hidden|].
  repeat split; intros; reflexivity.
Qed.

(** Exchanging twins changes no parameter, so it changes nothing computed from parameters. *)
Theorem exchanging_twins_changes_nothing {C} width l i k (c : parameters C) :
  twins width l i k c ->
  let other u := if u =? i then k else if u =? k then i else u in
  forall u, (forall h, h < width (pred l) -> weight c l (other u) h = weight c l u h) /\
            bias c l (other u) = bias c l u /\
            (forall h, h < width (S l) -> weight c (S l) h (other u) = weight c (S l) h u).
Proof.
  intros (rows & biases & columns) other u. unfold other.
  destruct (Nat.eqb_spec u i) as [->|_]; [|destruct (Nat.eqb_spec u k) as [->|_]];
    repeat split; intros; auto; symmetry; auto.
Qed.
