(** A map between arithmetics that respects every operation commutes with training.

    This is what turns one comparison of free expressions into a statement about every
    arithmetic: evaluating an expression is such a map. *)

From Coq Require Import List Arith Lia.
Import ListNotations.
From InitSymmetry Require Import Network Training Arithmetic Folds.

(** Division is only ever by a count, so only that is asked of it. *)
Record homomorphism {S T} (o : ops S) (o' : ops T) (h : S -> T) : Prop := Respects {
  h_zero : h (zero o) = zero o';
  h_one : h (one o) = one o';
  h_add : forall x y, h (add o x y) = add o' (h x) (h y);
  h_sub : forall x y, h (sub o x y) = sub o' (h x) (h y);
  h_mul : forall x y, h (mul o x y) = mul o' (h x) (h y);
  h_fma : forall x y z, h (fma o x y z) = fma o' (h x) (h y) (h z);
  h_mean : forall x m, h (div o x (of_nat o m)) = div o' (h x) (of_nat o' m);
  h_sigmoid : forall x, h (sigmoid o x) = sigmoid o' (h x);
  h_tanh : forall x, h (tanh o x) = tanh o' (h x);
  h_relu : forall x, h (relu o x) = relu o' (h x);
  h_heaviside : forall x, h (heaviside o x) = heaviside o' (h x);
  h_softmax : forall x u, h (softmax o x u) = softmax o' (h x) (map h u) }.

Definition map_parameters {S T} (h : S -> T) (p : parameters S) : parameters T :=
  Parameters (fun l i k => h (weight p l i k)) (fun l i => h (bias p l i)).

Definition map_batch {S T} (h : S -> T) (B : batch S) : batch T :=
  Batch (examples B) (fun i j => h (input B i j)) (fun i j => h (label B i j)).

Definition image_under {S T} (h : S -> T) (p : parameters S) (p' : parameters T) : Prop :=
  (forall l i k, h (weight p l i k) = weight p' l i k) /\ (forall l i, h (bias p l i) = bias p' l i).

Section Homomorphism.
Context {S T : Type} (o : ops S) (o' : ops T) (h : S -> T) (g : activation) (c : loss)
  (depth : nat) (width : nat -> nat).
Hypothesis respects : homomorphism o o' h.
Let K := ordinary o g c.
Let K' := ordinary o' g c.

Lemma a_product_commutes n (f f' : nat -> S) (e e' : nat -> T) :
  (forall k, h (f k) = e k) -> (forall k, h (f' k) = e' k) ->
  h (inner o (vector n f) (vector n f')) = inner o' (vector n e) (vector n e').
Proof.
  intros E E'. induction n as [|n IH]; [apply respects|].
  rewrite !a_longer_product, (h_fma _ _ _ respects), IH, E, E'. reflexivity.
Qed.

Lemma a_sum_commutes n (f : nat -> S) (e : nat -> T) :
  (forall k, h (f k) = e k) -> h (total o (vector n f)) = total o' (vector n e).
Proof.
  intros E. induction n as [|n IH]; [apply respects|].
  rewrite !a_longer_sum, (h_add _ _ _ respects), IH, E. reflexivity.
Qed.

Lemma activations_commute_with_h x : h (act o g x) = act o' g (h x).
Proof.
  destruct respects. destruct g; cbn [act]; unfold leaky_slope;
    rewrite ?h_mul0, ?h_add0, ?h_mul0, ?h_sub0, ?h_mean0, ?h_one0, ?h_heaviside0, ?h_sigmoid0; auto.
Qed.

Lemma slopes_commute_with_h x y : h (slope o g x y) = slope o' g (h x) (h y).
Proof.
  destruct respects. destruct g; cbn [slope]; unfold leaky_slope;
    rewrite ?h_add0, ?h_mul0, ?h_sub0, ?h_mul0, ?h_mean0, ?h_one0, ?h_heaviside0, ?h_sigmoid0; auto.
Qed.

Lemma residuals_commute_with_h x u y :
  h (residual o c x u y) = residual o' c (h x) (map h u) (h y).
Proof.
  destruct respects. destruct c; cbn;
    repeat (rewrite ?h_mul0, ?h_sub0, ?h_one0, ?h_sigmoid0, ?h_softmax0); reflexivity.
Qed.

Section OnePass.
(** Entries of [p'] are the images of entries of [p]: said entry by entry, so that no
    extensionality is needed when steps are repeated. *)
Variables (B : batch S) (p : parameters S) (p' : parameters T).
Let B' := map_batch h B.
Hypothesis image : image_under h p p'.
Let images_of_weights := proj1 image.
Let images_of_biases := proj2 image.

Lemma a_commutes l : forall i j, h (a K width B p l i j) = a K' width B' p' l i j.
Proof.
  induction l as [|l IH]; intros i j; [reflexivity|].
  cbn. rewrite activations_commute_with_h, (h_add _ _ _ respects). do 2 f_equal.
  - apply a_product_commutes; auto.
  - apply image.
Qed.

Lemma z_commutes l i j : h (z K width B p l i j) = z K' width B' p' l i j.
Proof.
  unfold z. cbn. rewrite (h_add _ _ _ respects). f_equal; [|apply image].
  apply a_product_commutes; auto. intro k. apply a_commutes.
Qed.

Lemma logits_commute j : map h (logits K depth width B p j) = logits K' depth width B' p' j.
Proof. unfold logits, vector. rewrite map_map. apply map_ext. intro i. apply z_commutes. Qed.

Lemma delta_commutes s : forall i j, h (delta K depth width B p s i j) = delta K' depth width B' p' s i j.
Proof.
  induction s as [|s IH]; intros i j; unfold K, K'; cbn [delta ordinary miss backflow pull];
    fold K; fold K'.
  - rewrite residuals_commute_with_h, z_commutes, logits_commute. reflexivity.
  - rewrite (h_mul _ _ _ respects), slopes_commute_with_h, z_commutes, a_commutes. f_equal.
    apply a_product_commutes; auto.
Qed.

Lemma dW_commutes l i k : h (dW K depth width B p l i k) = dW K' depth width B' p' l i k.
Proof.
  unfold dW, K, K'. cbn [weight_slope ordinary]. fold K. fold K'. rewrite !the_length_of_a_vector. unfold mean.
  rewrite (h_mean _ _ _ respects). change (examples B') with (examples B).
  f_equal. apply a_product_commutes.
  - intro j. apply delta_commutes.
  - intro j. apply a_commutes.
Qed.

Lemma db_commutes l i : h (db K depth width B p l i) = db K' depth width B' p' l i.
Proof.
  unfold db, K, K'. cbn [bias_slope ordinary]. fold K. fold K'. rewrite !the_length_of_a_vector. unfold mean.
  rewrite (h_mean _ _ _ respects). change (examples B') with (examples B).
  f_equal. apply a_sum_commutes. intro j. apply delta_commutes.
Qed.

End OnePass.

Theorem a_step_commutes_with_every_homomorphism rate (B : batch S) c0 c0' :
  image_under h (values c0) (values c0') ->
  image_under h (values (step K (gradient_descent o rate) depth width B c0))
                (values (step K' (gradient_descent o' (h rate)) depth width (map_batch h B) c0')).
Proof.
  intro image. split; intros; unfold gradient_descent;
    rewrite ?a_weight_after_one_descent, ?a_bias_after_one_descent,
      (h_sub _ _ _ respects), (h_mul _ _ _ respects); f_equal; try apply image; f_equal.
  - now apply dW_commutes.
  - now apply db_commutes.
Qed.

Theorem training_commutes_with_every_homomorphism rate (B : batch S) p t :
  image_under h (trained o g c rate depth width B p t)
    (trained o' g c (h rate) depth width (map_batch h B) (map_parameters h p) t).
Proof.
  induction t as [|t IH]; [split; reflexivity|].
  exact (a_step_commutes_with_every_homomorphism rate B _ _ IH).
Qed.

End Homomorphism.
