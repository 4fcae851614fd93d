(** The fused multiply-add of Binary64.v is that of Flocq, a library of floating-point theorems:
    the real number x·y + z is rounded once, to nearest even.

    Flocq's [binary_float] is a [double] with a proof that it fits the format; [B2SF] drops the
    proof.  [B2R] is the real value of the one, [SF2R radix2] that of the other. *)

From Coq Require Import ZArith Reals Lia Floats.SpecFloat.
From Flocq Require Import Core.Core Calc.Operations IEEE754.BinarySingleNaN.
From InitSymmetry Require Import Binary64.

Local Instance prec_is_positive : Prec_gt_0 prec := eq_refl.
Local Instance prec_is_below_emax : Prec_lt_emax prec emax := eq_refl.

Notation number := (binary_float prec emax).

(** Rounding in Coq's library is rounding in Flocq.  Flocq has the next two lemmas, but in a file
    that needs the axioms of machine floats.  They are proved again here without those axioms. *)

Lemma round_aux_is_flocqs s m e l :
  SpecFloat.binary_round_aux prec emax s m e l = binary_round_aux prec emax mode_NE s m e l.
Proof.
  unfold SpecFloat.binary_round_aux, binary_round_aux.
  destruct (shr_fexp prec emax m e l) as [r e'].
  assert (even : round_nearest_even (shr_m r) (loc_of_shr_record r) =
                 choice_mode mode_NE s (shr_m r) (loc_of_shr_record r)).
  { destruct (loc_of_shr_record r) as [|[| |]]; cbn; try reflexivity.
    now destruct (Z.even (shr_m r)). }
  now rewrite even.
Qed.

Lemma normalize_is_flocqs m e s :
  (m = 0%Z -> s = false) ->
  SpecFloat.binary_normalize prec emax m e false =
  B2SF (binary_normalize prec emax _ _ mode_NE m e s).
Proof.
  intro zero. destruct m as [|m|m]; unfold SpecFloat.binary_normalize, binary_normalize;
    [cbn; now rewrite zero | |]; rewrite B2SF_SF2B;
    unfold SpecFloat.binary_round, binary_round, shl_align_fexp;
    destruct (shl_align _ _ _); apply round_aux_is_flocqs.
Qed.

(** Signs and exponents of integers. *)

Lemma aligned_significand m e e' :
  (e' <= e)%Z -> Zpos (fst (shl_align m e e')) = (Zpos m * 2 ^ (e - e'))%Z.
Proof.
  intro H. unfold shl_align. destruct (e' - e)%Z as [|d|d] eqn:E; cbn [fst].
  - replace (e - e')%Z with 0%Z by lia. now rewrite Z.mul_1_r.
  - lia.
  - rewrite shift_pos_correct. replace (e - e')%Z with (Zpos d) by lia. apply Z.mul_comm.
Qed.

Lemma sign_of_a_multiple s m k : cond_Zopp s (Zpos m * k) = (cond_Zopp s (Zpos m) * k)%Z.
Proof. destruct s; cbn -[Z.mul]; lia. Qed.

Lemma sign_of_a_product sx sy mx my :
  cond_Zopp (xorb sx sy) (Zpos (mx * my)) = (cond_Zopp sx (Zpos mx) * cond_Zopp sy (Zpos my))%Z.
Proof. destruct sx, sy; cbn -[Z.mul]; lia. Qed.

(** If z is zero, both round the product once. *)
Lemma fused_with_zero_is_flocqs sx mx ex Bx sy my ey By sz :
  let x : number := B754_finite sx mx ex Bx in
  let y : number := B754_finite sy my ey By in
  let z : number := B754_zero sz in
  SFfma (B2SF x) (B2SF y) (B2SF z) = B2SF (Bfma mode_NE x y z).
Proof.
  intros x y z.
  transitivity (B2SF (Bmult mode_NE x y)).
  { cbn [B2SF SFfma SFmul Bmult x y z]. rewrite B2SF_SF2B. apply round_aux_is_flocqs. }
  f_equal.
  assert (not_zero : (B2R x * B2R y <> 0)%R).
  { apply Rmult_integral_contrapositive_currified; cbn; apply F2R_neq_0; cbn;
      [destruct sx | destruct sy]; discriminate. }
  assert (sign : Rlt_bool (B2R x * B2R y) 0 = xorb sx sy).
  { cbn. rewrite <- F2R_mult. cbn -[F2R Z.mul]. rewrite <- sign_of_a_product.
    destruct (xorb sx sy); cbn [cond_Zopp Z.opp].
    - apply Rlt_bool_true, F2R_lt_0. reflexivity.
    - apply Rlt_bool_false, F2R_ge_0. discriminate. }
  pose proof (Bmult_correct _ _ _ _ mode_NE x y) as product.
  pose proof (Bfma_correct _ _ _ _ mode_NE x y z eq_refl eq_refl eq_refl) as fused.
  cbv zeta in fused. change (B2R z) with 0%R in fused. rewrite Rplus_0_r in fused.
  destruct (Rlt_bool _ (bpow radix2 emax)).
  - destruct product as (value & finite & signed), fused as (value' & finite' & signed').
    apply B2R_Bsign_inj; [exact finite | exact finite' | congruence |].
    rewrite signed', signed by (destruct (Bmult mode_NE x y); easy).
    change (Bsign x) with sx. change (Bsign y) with sy.
    destruct (Rcompare_spec (B2R x * B2R y) 0) as [L|E|G].
    + now rewrite Rlt_bool_true in sign.
    + contradiction.
    + now rewrite Rlt_bool_false in sign by (apply Rlt_le, G).
  - apply B2SF_inj. now rewrite product, fused, sign.
Qed.

(** If none of the three is zero, both compute the same exact sum and round it once. *)
Lemma fused_of_finite_is_flocqs sx mx ex Bx sy my ey By sz mz ez Bz :
  let x : number := B754_finite sx mx ex Bx in
  let y : number := B754_finite sy my ey By in
  let z : number := B754_finite sz mz ez Bz in
  SFfma (B2SF x) (B2SF y) (B2SF z) = B2SF (Bfma mode_NE x y z).
Proof.
  intros x y z. cbn -[Bfma shl_align SpecFloat.binary_normalize Z.add Z.min].
  set (e := Z.min (ex + ey) ez).
  set (sum := (cond_Zopp (xorb sx sy) _ + cond_Zopp sz _)%Z).
  set (zero_sign := Bfma_szero prec emax mode_NE x y z).
  assert (exact : sum = (cond_Zopp sx (Zpos mx) * cond_Zopp sy (Zpos my) * 2 ^ (ex + ey - e) +
                         cond_Zopp sz (Zpos mz) * 2 ^ (ez - e))%Z).
  { unfold sum. rewrite !aligned_significand by (unfold e; lia).
    now rewrite !sign_of_a_multiple, sign_of_a_product. }
  assert (zero : sum = 0%Z -> zero_sign = false).
  { unfold zero_sign, Bfma_szero. cbn [Bsign x y z].
    destruct (Bool.eqb (xorb sx sy) sz) eqn:E; [|reflexivity].
    apply Bool.eqb_prop in E. unfold sum. rewrite E. intro F. exfalso. revert F.
    destruct sz; cbn [cond_Zopp Z.opp]; lia. }
  rewrite (normalize_is_flocqs sum e zero_sign zero), exact.
  unfold Bfma, x, y, z. cbn [Fmult]. unfold Fplus, Falign.
  fold x y z. fold zero_sign.
  destruct (Zle_bool (ex + ey) ez) eqn:L.
  - apply Zle_bool_imp_le in L. replace e with (ex + ey)%Z by (unfold e; lia).
    now rewrite Z.sub_diag, Z.mul_1_r.
  - apply Z.leb_gt in L. replace e with ez by (unfold e; lia).
    now rewrite Z.sub_diag, Z.mul_1_r.
Qed.

Theorem the_fused_multiply_add_is_flocqs (x y z : number) :
  SFfma (B2SF x) (B2SF y) (B2SF z) = B2SF (Bfma mode_NE x y z).
Proof.
  destruct x as [sx|sx| |sx mx ex Bx], y as [sy|sy| |sy my ey By];
    try (destruct z as [sz|sz| |sz mz ez Bz]; cbn; unfold Bfma_szero; cbn;
         try reflexivity; destruct sx, sy, sz; reflexivity).
  destruct z as [sz|sz| |sz mz ez Bz]; try reflexivity.
  - apply fused_with_zero_is_flocqs.
  - apply fused_of_finite_is_flocqs.
Qed.

(** Rounding of a real number to the nearest with 53 bits that is a multiple of 2^-1074, ties to
    even.  It knows no overflow. *)
Definition rounded : R -> R := round radix2 (FLT_exp (-1074) 53) ZnearestE.

Theorem the_fused_multiply_add_rounds_once (x y z : number) :
  is_finite x = true -> is_finite y = true -> is_finite z = true ->
  (Rabs (rounded (B2R x * B2R y + B2R z)) < bpow radix2 1024)%R ->
  is_finite_SF (SFfma (B2SF x) (B2SF y) (B2SF z)) = true /\
  SF2R radix2 (SFfma (B2SF x) (B2SF y) (B2SF z)) = rounded (B2R x * B2R y + B2R z).
Proof.
  intros Fx Fy Fz small. rewrite the_fused_multiply_add_is_flocqs, is_finite_SF_B2SF, SF2R_B2SF.
  pose proof (Bfma_correct _ _ _ _ mode_NE x y z Fx Fy Fz) as fused. cbv zeta in fused.
  rewrite Rlt_bool_true in fused by exact small. now destruct fused as (value & finite & _).
Qed.

Theorem a_fused_multiply_add_overflows_to_infinity (x y z : number) :
  is_finite x = true -> is_finite y = true -> is_finite z = true ->
  (bpow radix2 1024 <= Rabs (rounded (B2R x * B2R y + B2R z)))%R ->
  SFfma (B2SF x) (B2SF y) (B2SF z) = S754_infinity (Rlt_bool (B2R x * B2R y + B2R z) 0).
Proof.
  intros Fx Fy Fz large. rewrite the_fused_multiply_add_is_flocqs.
  pose proof (Bfma_correct _ _ _ _ mode_NE x y z Fx Fy Fz) as fused. cbv zeta in fused.
  now rewrite Rlt_bool_false in fused by exact large.
Qed.
