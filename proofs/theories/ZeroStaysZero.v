(** From all zero, where g(0) = 0, no weight and no hidden bias ever leaves zero; only the output
    bias may move.  Two predicates make one proof serve exact rings and floating point: [null]
    (there: +0 or -0) and [finite] (there: neither infinite nor NaN, because 0 times infinity
    is NaN).  In a ring every number is finite and the hypotheses about finiteness are empty. *)

From Coq Require Import List Arith Lia.
From InitSymmetry Require Import Network Training Arithmetic Folds.

Record zero_laws {T} (o : ops T) (null finite : T -> Prop) : Prop := ZeroLaws {
  zero_is_null : null (zero o);
  null_is_finite : forall x, null x -> finite x;
  null_plus_null : forall x y, null x -> null y -> null (add o x y);
  null_minus_null : forall x y, null x -> null y -> null (sub o x y);
  null_times_finite : forall x y, null x -> finite y -> null (mul o x y);
  finite_times_null : forall x y, finite x -> null y -> null (mul o x y);
  null_times_finite_plus_null :
    forall x y z, null x -> finite y -> null z -> null (fma o x y z);
  finite_times_null_plus_null :
    forall x y z, finite x -> null y -> null z -> null (fma o x y z);
  null_over_count : forall x m, 0 < m -> null x -> null (div o x (of_nat o m)) }.

Record vanishes_at_zero {T} (o : ops T) (null finite : T -> Prop) (g : activation) : Prop :=
  VanishesAtZero {
  act_of_null : forall z, null z -> null (act o g z);
  slope_at_null : forall z a, null z -> null a -> finite (slope o g z a) }.

(** All weights are null, and all biases but those of the output. *)
Definition frozen {T} (null : T -> Prop) depth (width : nat -> nat) (p : parameters T) : Prop :=
  forall l i, 1 <= l <= depth -> i < width l ->
    (forall k, k < width (pred l) -> null (weight p l i k)) /\ (l < depth -> null (bias p l i)).

Section Frozen.
Context {T : Type} (o : ops T) (null finite : T -> Prop) (g : activation) (c : loss)
  (depth : nat) (width : nat -> nat).
Hypothesis laws : zero_laws o null finite.
Hypothesis fixed : vanishes_at_zero o null finite g.
Hypothesis deep : 2 <= depth.

Let K := ordinary o g c.

Section OneStep.
Variables (B : batch T) (p : parameters T).
Hypothesis cold : frozen null depth width p.
Hypothesis some_example : 0 < examples B.
Hypothesis finite_inputs : forall k j, k < width 0 -> j < examples B -> finite (input B k j).

Lemma zero_weights_give_null_preactivations_from_finite_inputs l :
  1 <= l < depth ->
  (forall k j, k < width (pred l) -> j < examples B -> finite (a K width B p (pred l) k j)) ->
  forall i j, i < width l -> j < examples B -> null (z K width B p l i j).
Proof.
  intros hidden inputs i j Hi Hj. destruct (cold l i) as [weights biases]; [lia | exact Hi |].
  unfold z. cbn. apply (null_plus_null _ _ _ laws); [|apply biases; lia].
  apply a_product_is_built_from_its_terms; [apply laws|].
  intros x k Hk Hx. apply (null_times_finite_plus_null _ _ _ laws); auto.
Qed.

Lemma all_activations_are_null l :
  l < depth -> forall i j, i < width l -> j < examples B ->
  finite (a K width B p l i j) /\ (1 <= l -> null (z K width B p l i j) /\ null (a K width B p l i j)).
Proof.
  induction l as [|l IH]; intros inside i j Hi Hj.
  - split; [now apply finite_inputs | lia].
  - assert (N : null (z K width B p (S l) i j)).
    { apply zero_weights_give_null_preactivations_from_finite_inputs; [lia | | exact Hi | exact Hj].
      intros k j' Hk Hj'. apply IH; [lia | exact Hk | exact Hj']. }
    assert (A : null (a K width B p (S l) i j)).
    { rewrite a_is_the_squashed_z by lia. apply (act_of_null _ _ _ _ fixed), N. }
    split; [apply (null_is_finite _ _ _ laws), A | auto].
Qed.

Hypothesis finite_residuals :
  forall i j, i < width depth -> j < examples B -> finite (dz K depth width B p depth i j).

Lemma all_hidden_deltas_are_null s :
  forall i j, i < width (depth - s) -> j < examples B -> s < depth ->
  finite (dz K depth width B p (depth - s) i j) /\
  (0 < s -> null (dz K depth width B p (depth - s) i j)).
Proof.
  induction s as [|s IH]; intros i j Hi Hj inside.
  - rewrite Nat.sub_0_r in *. split; [now apply finite_residuals | lia].
  - assert (N : null (dz K depth width B p (depth - S s) i j)).
    { rewrite dz_of_a_hidden_layer by lia. cbn.
      destruct (all_activations_are_null (depth - S s)) with (i := i) (j := j)
        as [_ N]; [lia | exact Hi | exact Hj |]. destruct N as [NZ NA]; [lia|].
      apply (null_times_finite _ _ _ laws); [|apply (slope_at_null _ _ _ _ fixed); assumption].
      unfold da. cbn. apply a_product_is_built_from_its_terms; [apply laws|].
      intros x k Hk Hx. replace (S (depth - S s)) with (depth - s) in * by lia.
      apply (null_times_finite_plus_null _ _ _ laws); [| | exact Hx].
      - destruct (cold (depth - s) k) as [weights _]; [lia | exact Hk |].
        apply weights. now replace (pred (depth - s)) with (depth - S s) by lia.
      - apply IH; [exact Hk | exact Hj | lia]. }
    split; [apply (null_is_finite _ _ _ laws), N | auto].
Qed.

Lemma the_gradient_of_a_frozen_network_is_null l i :
  1 <= l <= depth -> i < width l ->
  (forall k, k < width (pred l) -> null (dW K depth width B p l i k)) /\
  (l < depth -> null (db K depth width B p l i)).
Proof.
  intros Hl Hi.
  pose proof (all_hidden_deltas_are_null (depth - l)) as D.
  replace (depth - (depth - l)) with l in D by lia.
  split.
  - intros k Hk. unfold dW. cbn. rewrite the_length_of_a_vector. unfold mean.
    apply (null_over_count _ _ _ laws); [exact some_example|].
    apply a_product_is_built_from_its_terms; [apply laws|].
    intros x j Hj Hx.
    destruct (all_activations_are_null (pred l)) with (i := k) (j := j) as [FA NA];
      [lia | exact Hk | exact Hj |].
    destruct (D i j) as [FD ND]; [exact Hi | exact Hj | lia |].
    destruct (Nat.eq_dec l depth) as [->|].
    + apply (finite_times_null_plus_null _ _ _ laws); [exact FD | apply NA; lia | exact Hx].
    + apply (null_times_finite_plus_null _ _ _ laws); [apply ND; lia | exact FA | exact Hx].
  - intros inner. unfold db. cbn. rewrite the_length_of_a_vector. unfold mean.
    apply (null_over_count _ _ _ laws); [exact some_example|].
    apply a_sum_is_built_from_its_terms; [apply laws|].
    intros x j Hj Hx. apply (null_plus_null _ _ _ laws); [exact Hx|].
    apply D; [exact Hi | exact Hj | lia | lia].
Qed.

End OneStep.

(** Batches are indexed by time.  The residuals are dz of the output layer. *)
Theorem zero_stays_zero (rate : T) (B : nat -> batch T) (start : parameters T) :
  let p t := values (train (fun _ => K) (fun _ => gradient_descent o rate) depth width B
               (plain start) t) in
  finite rate ->
  (forall t, 0 < examples (B t)) ->
  (forall t k j, k < width 0 -> j < examples (B t) -> finite (input (B t) k j)) ->
  (forall t i j, i < width depth -> j < examples (B t) ->
     finite (dz K depth width (B t) (p t) depth i j)) ->
  frozen null depth width start ->
  forall t, frozen null depth width (p t).
Proof.
  intros p FR some FI FD cold. induction t as [|t IH]; [exact cold|].
  intros l i Hl Hi. destruct (IH l i Hl Hi) as [weights biases].
  destruct (the_gradient_of_a_frozen_network_is_null (B t) (p t) IH (some t) (FI t) (FD t) l i Hl Hi)
    as [NW NB].
  split.
  - intros k Hk. cbn. apply (null_minus_null _ _ _ laws); [now apply weights|].
    apply (finite_times_null _ _ _ laws); [exact FR | now apply NW].
  - intros inside. cbn. apply (null_minus_null _ _ _ laws); [now apply biases|].
    apply (finite_times_null _ _ _ laws); [exact FR | now apply NB].
Qed.

End Frozen.

(** Exact rings. *)
Record exact_zero {T} (o : ops T) : Prop := ExactZero {
  zero_plus_zero : add o (zero o) (zero o) = zero o;
  zero_minus_zero : sub o (zero o) (zero o) = zero o;
  zero_times : forall x, mul o (zero o) x = zero o;
  times_zero : forall x, mul o x (zero o) = zero o;
  zero_times_plus_zero : forall x, fma o (zero o) x (zero o) = zero o;
  times_zero_plus_zero : forall x, fma o x (zero o) (zero o) = zero o;
  zero_over : forall m, 0 < m -> div o (zero o) (of_nat o m) = zero o }.

Lemma a_ring_has_the_zero_laws {T} (o : ops T) :
  exact_zero o -> zero_laws o (fun x => x = zero o) (fun _ => True).
Proof.
  intros [pp mm tl tr fl fr ov]. constructor; auto; intros; subst; auto.
Qed.

Theorem zero_stays_zero_in_any_ring {T} (o : ops T) g c rate depth width (B : nat -> batch T) :
  exact_zero o -> act o g (zero o) = zero o -> 2 <= depth -> (forall t, 0 < examples (B t)) ->
  forall t, frozen (fun x => x = zero o) depth width
    (values (train (fun _ => ordinary o g c) (fun _ => gradient_descent o rate) depth width B
      (plain (constant (zero o) (zero o))) t)).
Proof.
  intros laws vanish deep some.
  apply zero_stays_zero with (finite := fun _ => True); auto.
  - now apply a_ring_has_the_zero_laws.
  - constructor; intros; [now subst | exact I].
  - intros l i _ _. split; reflexivity.
Qed.

(** Zero weights and a zero bias give z = 0 and a = g(0), for every unit and every input. *)
Theorem zero_weights_give_zero_preactivations {T} (o : ops T) g c width (B : batch T) p i j :
  exact_zero o -> (forall k, k < width 0 -> weight p 1 i k = zero o) -> bias p 1 i = zero o ->
  z (ordinary o g c) width B p 1 i j = zero o /\
  a (ordinary o g c) width B p 1 i j = act o g (zero o).
Proof.
  intros [pp _ _ _ fl _ _] W b.
  assert (Z : z (ordinary o g c) width B p 1 i j = zero o).
  { unfold z. cbn. rewrite b.
    replace (inner o _ _) with (zero o); [exact pp|]. symmetry.
    apply a_product_is_built_from_its_terms; [reflexivity|].
    intros x k Hk ->. now rewrite W, fl. }
  split; [exact Z|]. rewrite a_is_the_squashed_z by auto. now rewrite Z.
Qed.
