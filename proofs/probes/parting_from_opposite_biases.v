(* Parting of two units with equal rows and opposite biases in place of equal ones. *)
(* expected: The term "b" has type "bias p l i = - bias p l k" while it is expected to have type "bias p l i = bias p l k". *)
From Coq Require Import Reals.
From InitSymmetry Require Import Network Training Arithmetic RealArithmetic Parting.
Local Open Scope R_scope.

Definition parted g c depth width B p rate l i k : Prop :=
  let next := trained reals g c rate depth width B p 1 in
  bias next l i - bias next l k =
  - rate * (sum (examples B) (fun j =>
      difference_on g c depth width B p l i k j * slope_on g c width B p l k j)
    / INR (examples B)).

Definition equal_rows (width : nat -> nat) (p : parameters R) (l i k : nat) : Prop :=
  forall h, (h < width (pred l))%nat -> weight p l i h = weight p l k h.

Lemma with_the_hypothesis g c depth width B p rate l i k (hidden : (1 <= l < depth)%nat)
    (rows : equal_rows width p l i k) (b : bias p l i = bias p l k) :
  parted g c depth width B p rate l i k.
Proof. exact (equal_biases_part_by_an_exact_amount g c depth width B p rate l i k hidden rows b). Qed.

Theorem with_another g c depth width B p rate l i k (hidden : (1 <= l < depth)%nat)
    (rows : equal_rows width p l i k) (b : bias p l i = - bias p l k) :
  parted g c depth width B p rate l i k.
Proof. exact (equal_biases_part_by_an_exact_amount g c depth width B p rate l i k hidden rows b). Qed.
