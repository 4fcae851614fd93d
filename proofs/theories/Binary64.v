(** IEEE 754 binary64, round to nearest even, as specified in Coq's own library (SpecFloat).
    That library has no fused multiply-add; [SFfma] defines it with the library's rounding, and
    FusedMultiplyAdd.v proves that it rounds the real number x·y + z once.
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

(** The fused multiply-add (IEEE 754-2019, section 5.4.1): x·y + z, rounded once.

    Three non-zero finite numbers are integers times powers of two, and so is x·y + z.  It is
    computed exactly, at the smaller of the two exponents, and rounded by the library's
    [binary_normalize].  An exact sum of 0 is +0, as IEEE 754 asks in round to nearest.  In every
    other case at most one of the product and the sum needs rounding. *)
Definition SFfma (x y z : double) : double :=
  match x, y with
  | S754_finite sx mx ex, S754_finite sy my ey =>
      match z with
      | S754_finite sz mz ez =>
          let e := Z.min (ex + ey) ez in
          binary_normalize prec emax
            (cond_Zopp (xorb sx sy) (Zpos (fst (shl_align (mx * my) (ex + ey) e)))
             + cond_Zopp sz (Zpos (fst (shl_align mz ez e)))) e false
      | S754_zero _ => SFmul prec emax x y
      | _ => z
      end
  | _, _ => SFadd prec emax (SFmul prec emax x y) z
  end.

Definition binary64 (sigmoid tanh softplus relu heaviside : double -> double)
    (softmax : double -> list double -> double) : ops double :=
  Ops double_zero (double_of_nat 1) (SFadd prec emax) (SFsub prec emax) (SFmul prec emax)
    SFfma (SFdiv prec emax) SFopp double_of_nat sigmoid tanh softplus relu heaviside softmax.

(** Only sums and products matter in some witnesses; there the functions are never called. *)
Definition bare_binary64 : ops double :=
  let unused (_ : double) := S754_nan in
  binary64 unused unused unused unused unused (fun _ _ => S754_nan).

Example counts_are_the_doubles_they_should_be :
  List.map double_of_nat (List.seq 0 200) =
  List.map (fun m => binary_normalize prec emax (Z.of_nat m) 0 false) (List.seq 0 200).
Proof. vm_compute. reflexivity. Qed.

(** What [SFfma] gives where a product rounded first would not, and at the edges. *)
Section Fused.
Let n (m : Z) : double := double_of m 0.
Let one_tenth : double := SFdiv prec emax (n 1) (n 10).
Let largest : double := double_of (2 ^ 53 - 1) 971.
Let smallest : double := double_of 1 (-1074).
Let plus_zero : double := S754_zero false.
Let minus_zero : double := S754_zero true.
Let plus_infinity : double := S754_infinity false.
Let minus_infinity : double := S754_infinity true.

(** The double nearest to 1/10 exceeds it by 2^-54 / 10. *)
Example a_fused_product_keeps_what_rounding_loses :
  SFfma one_tenth (n 10) (n (-1)) = double_of 1 (-54) /\
  SFadd prec emax (SFmul prec emax one_tenth (n 10)) (n (-1)) = plus_zero.
Proof. vm_compute. auto. Qed.

(** With x = 2^26 + 1/2, the exact sum is 2^53 + 1 + 1/4, which rounds up.  Without the quarter,
    which rounding the product loses, 2^53 + 1 is a tie. *)
Example a_fused_product_is_rounded_once :
  let x := double_of (2 ^ 27 + 1) (-1) in
  SFfma x x (n (2 ^ 52 - 2 ^ 26 + 1)) = n (2 ^ 53 + 2) /\
  SFadd prec emax (SFmul prec emax x x) (n (2 ^ 52 - 2 ^ 26 + 1)) = n (2 ^ 53).
Proof. vm_compute. auto. Qed.

Example a_tie_goes_to_the_even_neighbour :
  SFfma (n 1) (n 1) (n (2 ^ 53)) = n (2 ^ 53) /\
  SFfma (n 1) (n 3) (n (2 ^ 53)) = n (2 ^ 53 + 4).
Proof. vm_compute. auto. Qed.

(** (2^27 - 1)·(2^27 + 1) = 2^54 - 1 is a tie.  The smallest addend decides it. *)
Example a_tiny_addend_breaks_a_tie :
  SFfma (n (2 ^ 27 - 1)) (n (2 ^ 27 + 1)) plus_zero = n (2 ^ 54) /\
  SFfma (n (2 ^ 27 - 1)) (n (2 ^ 27 + 1)) smallest = n (2 ^ 54) /\
  SFfma (n (2 ^ 27 - 1)) (n (2 ^ 27 + 1)) (SFopp smallest) = n (2 ^ 54 - 2).
Proof. vm_compute. auto. Qed.

Example an_exact_zero_sum_is_plus_zero :
  SFfma (n 2) (n 3) (n (-6)) = plus_zero /\ SFfma (n (-2)) (n 3) (n 6) = plus_zero /\
  SFfma minus_zero (n 3) plus_zero = plus_zero /\ SFfma plus_zero (n 3) minus_zero = plus_zero.
Proof. vm_compute. auto. Qed.

Example zeros_of_one_sign_keep_it :
  SFfma minus_zero (n 3) minus_zero = minus_zero /\
  SFfma (n (-3)) plus_zero minus_zero = minus_zero /\
  SFfma minus_zero (n (-3)) plus_zero = plus_zero.
Proof. vm_compute. auto. Qed.

Example a_fused_product_underflows_with_its_sign :
  SFfma smallest (double_of (-1) (-2)) plus_zero = minus_zero /\
  SFfma smallest (double_of 3 (-2)) minus_zero = smallest.
Proof. vm_compute. auto. Qed.

(** Subnormal results are rounded once, at 2^-1074. *)
Example a_subnormal_fused_product_is_rounded_once :
  SFfma smallest (double_of 1 (-1)) smallest = double_of 2 (-1074) /\
  SFfma smallest (double_of 1 (-1)) (double_of 2 (-1074)) = double_of 2 (-1074) /\
  SFfma (double_of 3 (-600)) (double_of 5 (-474)) (double_of (-14) (-1074)) = smallest.
Proof. vm_compute. auto. Qed.

(** Only the result may overflow, not the product. *)
Example only_the_result_of_a_fused_product_overflows :
  SFfma largest (n 2) (SFopp largest) = largest /\
  SFfma largest (n 2) (n 0) = plus_infinity /\
  SFfma largest (n 1) (double_of 1 970) = plus_infinity /\
  SFfma largest (n 1) (double_of (2 ^ 53 - 1) 917) = largest.
Proof. vm_compute. auto. Qed.

Example infinities_of_a_fused_product :
  SFfma plus_infinity (n (-2)) (n 1) = minus_infinity /\
  SFfma largest largest minus_infinity = minus_infinity /\
  SFfma plus_infinity (n 1) plus_infinity = plus_infinity /\
  SFfma plus_infinity (n 1) minus_infinity = S754_nan.
Proof. vm_compute. auto. Qed.

Example not_a_number_in_a_fused_product :
  SFfma plus_zero plus_infinity (n 1) = S754_nan /\ SFfma S754_nan (n 1) (n 1) = S754_nan /\
  SFfma (n 1) S754_nan (n 1) = S754_nan /\ SFfma (n 1) (n 1) S754_nan = S754_nan.
Proof. vm_compute. auto. Qed.
End Fused.
