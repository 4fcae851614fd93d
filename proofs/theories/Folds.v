(** Products and sums of vectors, read through their indices. *)

From Coq Require Import List Arith Lia.
Import ListNotations.
From InitSymmetry Require Import Network Arithmetic.

Lemma pairing_vectors {S T} n (f : nat -> S) (g : nat -> T) :
  combine (vector n f) (vector n g) = vector n (fun k => (f k, g k)).
Proof.
  unfold vector. induction (seq 0 n) as [|k s IH]; [reflexivity|]. cbn. now rewrite IH.
Qed.

Lemma a_longer_vector {T} n (f : nat -> T) : vector (S n) f = vector n f ++ [f n].
Proof. unfold vector. now rewrite seq_S, map_app. Qed.

Section Folds.
Context {T : Type} (o : ops T).

Lemma an_empty_product (f g : nat -> T) : inner o (vector 0 f) (vector 0 g) = zero o.
Proof. reflexivity. Qed.

Lemma a_longer_product n (f g : nat -> T) :
  inner o (vector (S n) f) (vector (S n) g) =
  fma o (f n) (g n) (inner o (vector n f) (vector n g)).
Proof.
  unfold inner. now rewrite !pairing_vectors, a_longer_vector, fold_left_app.
Qed.

Lemma a_longer_sum n (f : nat -> T) :
  total o (vector (S n) f) = add o (total o (vector n f)) (f n).
Proof. unfold total. now rewrite a_longer_vector, fold_left_app. Qed.

(** What holds of zero and is kept by each fused multiply-add holds of the whole product. *)
Lemma a_product_is_built_from_its_terms (P : T -> Prop) n (f g : nat -> T) :
  P (zero o) -> (forall x k, k < n -> P x -> P (fma o (f k) (g k) x)) ->
  P (inner o (vector n f) (vector n g)).
Proof.
  intros start grow. induction n as [|n IH]; [exact start|].
  rewrite a_longer_product. apply grow; [lia|]. apply IH. intros x k Hk. apply grow. lia.
Qed.

(** The same for sums, which add. *)
Lemma a_sum_is_built_from_its_terms (P : T -> Prop) n (f : nat -> T) :
  P (zero o) -> (forall x k, k < n -> P x -> P (add o x (f k))) -> P (total o (vector n f)).
Proof.
  intros start grow. induction n as [|n IH]; [exact start|].
  rewrite a_longer_sum. apply grow; [lia|]. apply IH. intros x k Hk. apply grow. lia.
Qed.

End Folds.
