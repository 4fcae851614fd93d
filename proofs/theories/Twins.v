(** Twins stay twins.

    No law of arithmetic is used: the operations are whatever the kernel says, and may differ
    from place to place.  The one hypothesis about them is [uniform]: they do not tell the two
    units apart.  Floating point with its rounding, infinities and NaNs is included as long as
    it is deterministic. *)

From Coq Require Import List Arith Lia.
From InitSymmetry Require Import Network Training.

(** Units [i] and [k] of layer [l] agree in row, bias and outgoing column.  Said of cells, it
    includes the optimiser's memory. *)
Definition twins {C} (width : nat -> nat) (l i k : nat) (c : parameters C) : Prop :=
  (forall h, h < width (pred l) -> weight c l i h = weight c l k h) /\
  bias c l i = bias c l k /\
  (forall h, h < width (S l) -> weight c (S l) h i = weight c (S l) h k).

Record uniform {T} (l i k : nat) (K : kernel T) : Prop := Uniform {
  same_preactivation : forall j w x b, preactivation K l i j w x b = preactivation K l k j w x b;
  same_squash : forall j z, squash K l i j z = squash K l k j z;
  same_backflow : forall j w d, backflow K l i j w d = backflow K l k j w d;
  same_pull : forall j b z x, pull K l i j b z x = pull K l k j b z x;
  same_weight_slope : forall h d x, weight_slope K l i h d x = weight_slope K l k h d x;
  same_bias_slope : forall d, bias_slope K l i d = bias_slope K l k d;
  same_outgoing_slope : forall h d x,
    weight_slope K (S l) h i d x = weight_slope K (S l) h k d x }.

Record uniform_rule {T M} (l i k : nat) (U : rule T M) : Prop := UniformRule {
  same_move : forall h g c, move_weight U l i h g c = move_weight U l k h g c;
  same_bias_move : forall g c, move_bias U l i g c = move_bias U l k g c;
  same_outgoing_move : forall h g c, move_weight U (S l) h i g c = move_weight U (S l) h k g c }.

Section OnePass.
Context {T : Type} (K : kernel T) (depth : nat) (width : nat -> nat) (B : batch T)
  (p : parameters T) (l i k : nat).
Hypothesis hidden : 1 <= l < depth.
Hypothesis fair : uniform l i k K.
Hypothesis equal : twins width l i k p.

Theorem twins_have_equal_preactivations j : z K width B p l i j = z K width B p l k j.
Proof.
  destruct equal as (rows & biases & _). unfold z.
  rewrite (vectors_with_equal_entries_are_equal _ (weight p l i) (weight p l k) rows), biases.
  apply same_preactivation, fair.
Qed.

Theorem twins_have_equal_activations j : a K width B p l i j = a K width B p l k j.
Proof.
  rewrite !a_is_the_squashed_z by lia. rewrite twins_have_equal_preactivations.
  apply same_squash, fair.
Qed.

(** The sensitivity of the loss to the activations: the twins' influence on the output. *)
Theorem twins_influence_the_output_equally j :
  da K depth width B p l i j = da K depth width B p l k j.
Proof.
  destruct equal as (_ & _ & columns). unfold da.
  rewrite (vectors_with_equal_entries_are_equal _ _ (fun h => weight p (S l) h k) columns).
  apply same_backflow, fair.
Qed.

Theorem twins_have_equal_deltas j : dz K depth width B p l i j = dz K depth width B p l k j.
Proof.
  rewrite !dz_of_a_hidden_layer by lia.
  rewrite twins_influence_the_output_equally, twins_have_equal_preactivations,
    twins_have_equal_activations.
  apply same_pull, fair.
Qed.

Theorem twins_have_equal_weight_gradients h :
  dW K depth width B p l i h = dW K depth width B p l k h.
Proof.
  unfold dW.
  rewrite (vectors_with_equal_entries_are_equal _ _ (fun j => dz K depth width B p l k j)).
  - apply same_weight_slope, fair.
  - intros j _. apply twins_have_equal_deltas.
Qed.

Theorem twins_have_equal_bias_gradients : db K depth width B p l i = db K depth width B p l k.
Proof.
  unfold db.
  rewrite (vectors_with_equal_entries_are_equal _ _ (fun j => dz K depth width B p l k j)).
  - apply same_bias_slope, fair.
  - intros j _. apply twins_have_equal_deltas.
Qed.

Theorem twins_have_equal_outgoing_gradients h :
  dW K depth width B p (S l) h i = dW K depth width B p (S l) h k.
Proof.
  unfold dW. cbn [pred].
  rewrite (vectors_with_equal_entries_are_equal _ (fun j => a K width B p l i j)
    (fun j => a K width B p l k j)).
  - apply same_outgoing_slope, fair.
  - intros j _. apply twins_have_equal_activations.
Qed.

End OnePass.

Lemma twin_cells_have_twin_values {T M} width l i k (c : parameters (T * M)) :
  twins width l i k c -> twins width l i k (values c).
Proof.
  intros (rows & biases & columns). cbn. repeat split.
  - intros h Hh. cbn. now rewrite rows.
  - cbn. now rewrite biases.
  - intros h Hh. cbn. now rewrite columns.
Qed.

Theorem twins_are_twins_after_one_step {T M} (K : kernel T) (U : rule T M) depth width B
    (c : parameters (T * M)) l i k :
  1 <= l < depth -> uniform l i k K -> uniform_rule l i k U ->
  twins width l i k c -> twins width l i k (step K U depth width B c).
Proof.
  intros hidden fair fair_rule equal.
  pose proof (twin_cells_have_twin_values _ _ _ _ _ equal) as equal_values.
  destruct equal as (rows & biases & columns). repeat split; cbn.
  - intros h Hh. rewrite rows by exact Hh.
    rewrite (twins_have_equal_weight_gradients K depth width B _ l i k) by assumption.
    apply same_move, fair_rule.
  - rewrite biases.
    rewrite (twins_have_equal_bias_gradients K depth width B _ l i k) by assumption.
    apply same_bias_move, fair_rule.
  - intros h Hh. rewrite columns by exact Hh.
    rewrite (twins_have_equal_outgoing_gradients K depth width B _ l i k) by assumption.
    apply same_outgoing_move, fair_rule.
Qed.

Theorem twins_stay_twins {T M} (K : nat -> kernel T) (U : nat -> rule T M) depth width
    (B : nat -> batch T) (start : parameters (T * M)) l i k :
  1 <= l < depth ->
  (forall t, uniform l i k (K t)) -> (forall t, uniform_rule l i k (U t)) ->
  twins width l i k start ->
  forall t, twins width l i k (train K U depth width B start t).
Proof.
  intros hidden fair fair_rule equal. induction t as [|t IH]; [exact equal|].
  now apply twins_are_twins_after_one_step.
Qed.
