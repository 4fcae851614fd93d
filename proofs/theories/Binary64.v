(** IEEE 754 binary64, round to nearest even, as specified in Coq's own library (SpecFloat).
    Mathematical functions are left open: a theorem states what it needs of them. *)

From Coq Require Import ZArith List Floats.SpecFloat.
From InitSymmetry Require Import Network Training Arithmetic.

Notation double := spec_float.

(** The format: 53 bits of significand, exponents below 1024. *)
Definition prec : Z := 53.
Definition emax : Z := 1024.

Definition double_zero : double := S754_zero false.

(** The exact double of a count below 2^53, in its canonical form. *)
Definition double_of_nat (m : nat) : double :=
  match m with
  | O => double_zero
  | S _ =>
      let p := Pos.of_nat m in
      let free := (53 - Zpos (digits2_pos p))%Z in
      S754_finite false (Z.to_pos (Z.shiftl (Zpos p) free)) (- free)
  end.

(** Multiplication of a small integer by a power of two, rounded: for writing constants. *)
Definition double_of (mantissa exponent : Z) : double :=
  binary_normalize prec emax mantissa exponent false.

Definition binary64 (sigmoid tanh softplus relu heaviside : double -> double)
    (softmax : double -> list double -> double) : ops double :=
  Ops double_zero (double_of_nat 1) (SFadd prec emax) (SFsub prec emax) (SFmul prec emax)
    (SFdiv prec emax) SFopp double_of_nat sigmoid tanh softplus relu heaviside softmax.

(** Only sums and products matter in some witnesses; there the functions are never called. *)
Definition bare_binary64 : ops double :=
  let unused (_ : double) := S754_nan in
  binary64 unused unused unused unused unused (fun _ _ => S754_nan).

Example counts_are_the_doubles_they_should_be :
  List.map double_of_nat (List.seq 0 200) =
  List.map (fun m => binary_normalize prec emax (Z.of_nat m) 0 false) (List.seq 0 200).
Proof. vm_compute. reflexivity. Qed.
