(** The shipped network as a skeleton: what is computed from what, for any number of layers.

    How an entry is computed is left open: a [kernel] may use another function at every layer,
    row and column.  That freedom is what lets a theorem say which kernels keep twins twins, and
    it costs nothing, because the ordinary kernel (file Arithmetic.v) is one instance.

    Layers are numbered 1 … depth, layer 0 is the input; examples are columns.  Quantities are
    functions of their indices and vectors are lists read off such functions, so that two runs
    with equal entries are equal without an axiom of extensionality. *)

From Coq Require Import List Arith Lia.
Import ListNotations.

Definition vector {T} (n : nat) (f : nat -> T) : list T := map f (seq 0 n).

Lemma vectors_with_equal_entries_are_equal {T} (n : nat) (f g : nat -> T) :
  (forall k, k < n -> f k = g k) -> vector n f = vector n g.
Proof.
  intro H. apply map_ext_in. intros k Hk. apply in_seq in Hk. apply H. lia.
Qed.

Lemma the_length_of_a_vector {T} (n : nat) (f : nat -> T) : length (vector n f) = n.
Proof. unfold vector. now rewrite map_length, seq_length. Qed.

(** [weight l i k] is the entry (i, k) of W[l], [bias l i] the entry i of b[l]. *)
Record parameters (C : Type) := Parameters {
  weight : nat -> nat -> nat -> C;
  bias : nat -> nat -> C }.
Arguments Parameters {C}. Arguments weight {C}. Arguments bias {C}.

Record batch (T : Type) := Batch {
  examples : nat;
  input : nat -> nat -> T;
  label : nat -> nat -> T }.
Arguments Batch {T}. Arguments examples {T}. Arguments input {T}. Arguments label {T}.

(** Every function takes its place first: layer, row, column.
    - [preactivation l i j w a b]: z from row i of W[l], column j of a[l-1] and b[l] at i
    - [squash l i j z]: a
    - [miss i j z u y]: dz of the output, from its z, the z of all outputs of the example and y
    - [backflow l i j w d]: da[l] from column i of W[l+1] and column j of dz[l+1]
    - [pull l i j da z a]: dz[l]
    - [weight_slope l i k d a]: dW[l] from row i of dz[l] and row k of a[l-1]
    - [bias_slope l i d]: db[l] from row i of dz[l] *)
Record kernel (T : Type) := Kernel {
  preactivation : nat -> nat -> nat -> list T -> list T -> T -> T;
  squash : nat -> nat -> nat -> T -> T;
  miss : nat -> nat -> T -> list T -> T -> T;
  backflow : nat -> nat -> nat -> list T -> list T -> T;
  pull : nat -> nat -> nat -> T -> T -> T -> T;
  weight_slope : nat -> nat -> nat -> list T -> list T -> T;
  bias_slope : nat -> nat -> list T -> T }.
Arguments Kernel {T}. Arguments preactivation {T}. Arguments squash {T}. Arguments miss {T}.
Arguments backflow {T}. Arguments pull {T}. Arguments weight_slope {T}. Arguments bias_slope {T}.

Section Passes.
Context {T : Type} (K : kernel T) (depth : nat) (width : nat -> nat) (B : batch T)
  (p : parameters T).

Fixpoint a (l i j : nat) : T :=
  match l with
  | 0 => input B i j
  | S l' => squash K (S l') i j
      (preactivation K (S l') i j (vector (width l') (weight p (S l') i))
        (vector (width l') (fun k => a l' k j)) (bias p (S l') i))
  end.

Definition z (l i j : nat) : T :=
  preactivation K l i j (vector (width (pred l)) (weight p l i))
    (vector (width (pred l)) (fun k => a (pred l) k j)) (bias p l i).

(** The z of all outputs of an example. *)
Definition logits (j : nat) : list T := vector (width depth) (fun i => z depth i j).

(** [delta s] is dz of the layer [s] layers under the output. *)
Fixpoint delta (s i j : nat) : T :=
  match s with
  | 0 => miss K i j (z depth i j) (logits j) (label B i j)
  | S s' => let l := depth - S s' in
      pull K l i j
        (backflow K l i j (vector (width (S l)) (fun k => weight p (S l) k i))
          (vector (width (S l)) (fun k => delta s' k j)))
        (z l i j) (a l i j)
  end.

Definition dz (l : nat) : nat -> nat -> T := delta (depth - l).

Definition da (l i j : nat) : T :=
  backflow K l i j (vector (width (S l)) (fun k => weight p (S l) k i))
    (vector (width (S l)) (fun k => dz (S l) k j)).

Definition dW (l i k : nat) : T :=
  weight_slope K l i k (vector (examples B) (fun j => dz l i j))
    (vector (examples B) (fun j => a (pred l) k j)).

Definition db (l i : nat) : T :=
  bias_slope K l i (vector (examples B) (fun j => dz l i j)).

Lemma a_is_the_squashed_z l i j : 1 <= l -> a l i j = squash K l i j (z l i j).
Proof. destruct l; [lia | reflexivity]. Qed.

Lemma dz_of_the_output i j :
  dz depth i j = miss K i j (z depth i j) (logits j) (label B i j).
Proof. unfold dz. rewrite Nat.sub_diag. reflexivity. Qed.

Lemma dz_of_a_hidden_layer l i j :
  l < depth -> dz l i j = pull K l i j (da l i j) (z l i j) (a l i j).
Proof.
  intro H. unfold dz at 1, da.
  replace (depth - l) with (S (depth - S l)) by lia. cbn [delta].
  replace (depth - S (depth - S l)) with l by lia. reflexivity.
Qed.

End Passes.

Lemma equal_outputs_have_equal_logits {T} (K : kernel T) depth width width' B B' p p' j :
  width depth = width' depth ->
  (forall i, i < width depth -> z K width B p depth i j = z K width' B' p' depth i j) ->
  logits K depth width B p j = logits K depth width' B' p' j.
Proof.
  intros same equal. unfold logits. rewrite <- same.
  now apply vectors_with_equal_entries_are_equal.
Qed.
