(** Derivatives, monotonicity, bounds and limits of the activations over the reals. *)

From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
From InitSymmetry Require Import Network Arithmetic RealArithmetic.
Local Open Scope R_scope.

Local Notation tanh := Rtrigo_def.tanh.

Lemma sigma_denominator_is_positive z : 0 < 1 + exp (- z).
Proof. pose proof (exp_pos (- z)). lra. Qed.

Theorem sigma_is_between_zero_and_one z : 0 < sigma z < 1.
Proof.
  unfold sigma. pose proof (exp_pos (- z)). split.
  - apply Rinv_0_lt_compat. lra.
  - rewrite <- Rinv_1. apply Rinv_lt_contravar; lra.
Qed.

Theorem the_derivative_of_sigma z : is_derive sigma z (sigma z * (1 - sigma z)).
Proof.
  pose proof (exp_pos (- z)). unfold sigma. auto_derive; [lra|]. field. lra.
Qed.

Lemma cosh_is_positive z : 0 < cosh z.
Proof. unfold cosh. pose proof (exp_pos z). pose proof (exp_pos (- z)). lra. Qed.

Theorem the_derivative_of_tanh z : is_derive tanh z (1 - tanh z * tanh z).
Proof.
  pose proof (exp_pos z). pose proof (exp_pos (- z)).
  unfold tanh, sinh, cosh. auto_derive; [lra|]. field. lra.
Qed.

Theorem the_derivative_of_softplus z : is_derive softplus_of z (sigma z).
Proof.
  pose proof (exp_pos z). unfold softplus_of, sigma. auto_derive; [lra|].
  rewrite exp_Ropp. field. split; lra.
Qed.

Theorem relu_has_slope_one_when_active z : 0 < z -> is_derive relu_of z 1.
Proof.
  intro H. apply is_derive_ext_loc with (f := fun t => t); [|exact (is_derive_id z)].
  exists (mkposreal z H). intros t Ht. unfold relu_of. symmetry. apply Rmax_right.
  apply Rabs_def2 in Ht. cbn in Ht. unfold minus, plus, opp in Ht. cbn in Ht. lra.
Qed.

Theorem relu_is_flat_when_inactive z : z < 0 -> is_derive relu_of z 0.
Proof.
  intro H. apply is_derive_ext_loc with (f := fun _ => 0); [|exact (is_derive_const 0 z)].
  assert (P : 0 < - z) by lra. exists (mkposreal (- z) P). intros t Ht. unfold relu_of. symmetry.
  apply Rmax_left. apply Rabs_def2 in Ht. cbn in Ht. unfold minus, plus, opp in Ht. cbn in Ht. lra.
Qed.

Lemma leaky_slope_above_zero z : 0 < z -> leaky_slope reals z = 1.
Proof.
  intro H. unfold leaky_slope. cbn [add mul sub one heaviside reals]. unfold heaviside_of.
  destruct (Rlt_dec 0 z); [ring | contradiction].
Qed.

Lemma leaky_slope_up_to_zero z : z <= 0 -> leaky_slope reals z = 1 / 100.
Proof.
  intro H. unfold leaky_slope. cbn [add mul sub div one of_nat heaviside reals]. unfold heaviside_of.
  destruct (Rlt_dec 0 z); [lra|]. rewrite INR_IZR_INZ. cbn [Z.of_nat Pos.of_succ_nat Pos.succ].
  field.
Qed.

(** The larger of z and z/100. *)
Theorem leaky_relu_is_the_larger z : act reals LeakyRelu z = Rmax z (z / 100).
Proof.
  cbn [act mul reals]. destruct (Rlt_dec 0 z) as [P|N].
  - rewrite leaky_slope_above_zero, Rmax_left by lra. ring.
  - rewrite leaky_slope_up_to_zero, Rmax_right by lra. field.
Qed.

Theorem the_derivative_of_leaky_relu z :
  z <> 0 -> is_derive (act reals LeakyRelu) z (leaky_slope reals z).
Proof.
  intro off. destruct (Rlt_dec 0 z) as [P|N].
  - rewrite leaky_slope_above_zero by exact P.
    apply is_derive_ext_loc with (f := fun t => t); [|exact (is_derive_id z)].
    exists (mkposreal z P). intros t Ht. rewrite leaky_relu_is_the_larger. symmetry.
    apply Rabs_def2 in Ht. cbn in Ht. unfold minus, plus, opp in Ht. cbn in Ht.
    apply Rmax_left. lra.
  - assert (P : 0 < - z) by lra. rewrite leaky_slope_up_to_zero by lra.
    apply is_derive_ext_loc with (f := fun t => t / 100); [|auto_derive; [exact I | field]].
    exists (mkposreal (- z) P). intros t Ht. rewrite leaky_relu_is_the_larger. symmetry.
    apply Rabs_def2 in Ht. cbn in Ht. unfold minus, plus, opp in Ht. cbn in Ht.
    apply Rmax_right. lra.
Qed.

Theorem the_derivative_of_silu z :
  is_derive (act reals Silu) z (sigma z + z * sigma z * (1 - sigma z)).
Proof.
  change (act reals Silu) with (fun x : R => x * / (1 + exp (- x))).
  pose proof (exp_pos (- z)). unfold sigma. auto_derive; [lra|]. field. lra.
Qed.

(** The slope used by backprop is the derivative of the activation: off the kink for ReLU and leaky
    ReLU, everywhere for the others. *)
Theorem the_slope_is_the_derivative g z :
  (kinked g -> z <> 0) -> is_derive (act reals g) z (slope reals g z (act reals g z)).
Proof.
  destruct g; cbn [kinked slope]; intro kink;
    [| | | | now apply the_derivative_of_leaky_relu, kink | exact (the_derivative_of_silu z)]; cbn.
  - apply the_derivative_of_sigma.
  - apply the_derivative_of_tanh.
  - unfold heaviside_of. destruct (Rlt_dec 0 z) as [H|H].
    + now apply relu_has_slope_one_when_active.
    + apply relu_is_flat_when_inactive. specialize (kink I). lra.
  - exact (is_derive_id z).
Qed.

Theorem relu_has_no_derivative_at_its_kink : ~ ex_derive relu_of 0.
Proof.
  intros [d H]. apply is_derive_Reals in H.
  destruct (H (1 / 4)) as [e He]; [lra|]. pose proof (cond_pos e) as pe.
  assert (P : Rabs ((relu_of (0 + e / 2) - relu_of 0) / (e / 2) - d) < 1 / 4).
  { apply He; [lra|]. rewrite Rabs_right; lra. }
  assert (N : Rabs ((relu_of (0 + - (e / 2)) - relu_of 0) / (- (e / 2)) - d) < 1 / 4).
  { apply He; [lra|]. rewrite Rabs_left; lra. }
  rewrite relu_at_zero in P, N. unfold relu_of in P, N.
  rewrite (Rmax_right 0 (0 + e / 2)) in P by lra.
  rewrite (Rmax_left 0 (0 + - (e / 2))) in N by lra.
  replace ((0 + e / 2 - 0) / (e / 2)) with 1 in P by (field; lra).
  replace ((0 - 0) / - (e / 2)) with 0 in N by (field; lra).
  apply Rabs_def2 in P. apply Rabs_def2 in N. lra.
Qed.

Theorem relu_is_positively_homogeneous c z :
  0 < c -> relu_of (c * z) = c * relu_of z /\ heaviside_of (c * z) = heaviside_of z.
Proof.
  intro H. split.
  - unfold relu_of. rewrite <- RmaxRmult by lra. now rewrite Rmult_0_r.
  - unfold heaviside_of. destruct (Rlt_dec 0 z) as [P|P], (Rlt_dec 0 (c * z)) as [Q|Q];
      try reflexivity; exfalso.
    + apply Q. now apply Rmult_lt_0_compat.
    + assert (z <= 0) by lra. assert (c * z <= c * 0) by (apply Rmult_le_compat_l; lra). lra.
Qed.

Theorem sigma_is_increasing x y : x <= y -> sigma x <= sigma y.
Proof.
  intro H. unfold sigma. apply Rinv_le_contravar; [apply sigma_denominator_is_positive|].
  destruct H as [H | ->]; [|lra]. pose proof (exp_increasing (- y) (- x)). lra.
Qed.

Lemma tanh_is_a_sigma z : tanh z = 2 * sigma (2 * z) - 1.
Proof.
  unfold tanh, sinh, cosh, sigma. pose proof (exp_pos z). pose proof (exp_pos (- z)).
  replace (- (2 * z)) with (- z + - z) by ring. rewrite exp_plus, !exp_Ropp.
  assert (0 < exp z * exp z) by now apply Rmult_lt_0_compat.
  field. repeat split; lra.
Qed.

Theorem tanh_is_increasing x y : x <= y -> tanh x <= tanh y.
Proof.
  intro H. rewrite !tanh_is_a_sigma. pose proof (sigma_is_increasing (2 * x) (2 * y)). lra.
Qed.

Theorem tanh_is_between_minus_one_and_one z : -1 < tanh z < 1.
Proof. rewrite tanh_is_a_sigma. pose proof (sigma_is_between_zero_and_one (2 * z)). lra. Qed.

Theorem all_but_silu_are_increasing g x y :
  g <> Silu -> x <= y -> act reals g x <= act reals g y.
Proof.
  destruct g; intro other.
  - apply sigma_is_increasing.
  - apply tanh_is_increasing.
  - intro H. cbn. unfold relu_of. apply Rle_max_compat_l, H.
  - auto.
  - intro H. rewrite !leaky_relu_is_the_larger. apply Rmax_case; eapply Rle_trans;
      [| apply Rmax_l | | apply Rmax_r]; lra.
  - contradiction.
Qed.

Theorem silu_is_not_increasing : act reals Silu (-1) < act reals Silu (-20).
Proof.
  cbn. unfold sigma. replace (- -1) with 1 by ring. replace (- -20) with 20 by ring.
  assert (E : 80 < exp 20).
  { replace 20 with (10 + 10) by ring. rewrite exp_plus.
    pose proof (exp_ineq1 10 ltac:(lra)). apply Rlt_le_trans with (11 * 11); [lra|].
    apply Rmult_le_compat; lra. }
  pose proof exp_le_3. pose proof (exp_pos 1).
  assert (/ (1 + exp 20) < / 81) by (apply Rinv_lt_contravar; [apply Rmult_lt_0_compat|]; lra).
  assert (/ 4 <= / (1 + exp 1)) by (apply Rinv_le_contravar; lra).
  lra.
Qed.

(** Saturation. *)

(** The distance from the limit on the side of z. *)
Theorem sigma_approaches_its_limits_exponentially z :
  (0 <= z -> Rabs (sigma z - 1) <= exp (- Rabs z)) /\
  (z <= 0 -> Rabs (sigma z - 0) <= exp (- Rabs z)).
Proof.
  pose proof (sigma_is_between_zero_and_one z). pose proof (exp_pos z). pose proof (exp_pos (- z)).
  split; intro side.
  - rewrite Rabs_left1, (Rabs_pos_eq z) by lra. unfold sigma.
    replace (- (/ (1 + exp (- z)) - 1)) with (exp (- z) * / (1 + exp (- z))) by (field; lra).
    rewrite <- (Rmult_1_r (exp (- z))) at 3. apply Rmult_le_compat_l; [lra|].
    rewrite <- Rinv_1. apply Rinv_le_contravar; lra.
  - rewrite Rabs_pos_eq, (Rabs_left1 z), Ropp_involutive, Rminus_0_r by lra.
    unfold sigma. rewrite exp_Ropp. rewrite <- (Rinv_inv (exp z)) at 2.
    apply Rinv_le_contravar; [now apply Rinv_0_lt_compat|]. lra.
Qed.

Theorem tanh_approaches_its_limits_exponentially z :
  (0 <= z -> Rabs (tanh z - 1) <= 2 * exp (- (2 * Rabs z))) /\
  (z <= 0 -> Rabs (tanh z - -1) <= 2 * exp (- (2 * Rabs z))).
Proof.
  rewrite tanh_is_a_sigma.
  destruct (sigma_approaches_its_limits_exponentially (2 * z)) as [above below].
  rewrite Rabs_mult, (Rabs_pos_eq 2) in above, below by lra.
  split; intro side; [specialize (above ltac:(lra)) | specialize (below ltac:(lra))].
  - replace (2 * sigma (2 * z) - 1 - 1) with (2 * (sigma (2 * z) - 1)) by ring.
    rewrite Rabs_mult, (Rabs_pos_eq 2); lra.
  - replace (2 * sigma (2 * z) - 1 - -1) with (2 * (sigma (2 * z) - 0)) by ring.
    rewrite Rabs_mult, (Rabs_pos_eq 2); lra.
Qed.

Theorem the_slope_of_sigma_decays_exponentially z : sigma z * (1 - sigma z) <= exp (- Rabs z).
Proof.
  pose proof (sigma_is_between_zero_and_one z).
  destruct (sigma_approaches_its_limits_exponentially z) as [above below].
  destruct (Rle_dec 0 z) as [side|side].
  - specialize (above side). rewrite Rabs_left1 in above by lra.
    apply Rle_trans with (1 * (1 - sigma z)); [apply Rmult_le_compat_r|]; lra.
  - specialize (below ltac:(lra)). rewrite Rabs_pos_eq in below by lra.
    apply Rle_trans with (sigma z * 1); [apply Rmult_le_compat_l|]; lra.
Qed.

Theorem the_slope_of_sigma_is_at_most_a_quarter z : 0 <= sigma z * (1 - sigma z) <= 1 / 4.
Proof.
  pose proof (sigma_is_between_zero_and_one z). split.
  - apply Rmult_le_pos; lra.
  - pose proof (Rle_0_sqr (sigma z - 1 / 2)) as Q. unfold Rsqr in Q. lra.
Qed.

Theorem the_slope_of_tanh_is_between_zero_and_one z : 0 <= 1 - tanh z * tanh z <= 1.
Proof.
  pose proof (tanh_is_between_minus_one_and_one z). split.
  - replace (1 - tanh z * tanh z) with ((1 - tanh z) * (1 + tanh z)) by ring.
    apply Rmult_le_pos; lra.
  - pose proof (Rle_0_sqr (tanh z)) as Q. unfold Rsqr in Q. lra.
Qed.

Theorem the_slope_of_tanh_decays_exponentially z :
  1 - tanh z * tanh z <= 4 * exp (- (2 * Rabs z)).
Proof.
  replace (1 - tanh z * tanh z) with (4 * (sigma (2 * z) * (1 - sigma (2 * z))))
    by (rewrite tanh_is_a_sigma; ring).
  apply Rmult_le_compat_l; [lra|].
  replace (2 * Rabs z) with (Rabs (2 * z)).
  - apply the_slope_of_sigma_decays_exponentially.
  - rewrite Rabs_mult, Rabs_right; lra.
Qed.

(** Limits, read off an expression that is continuous in t = exp(±z) at t = 0. *)

Lemma a_limit_through_exp_at_minus_infinity (f : R -> R) :
  continuous f 0 -> is_lim (fun z => f (exp z)) m_infty (f 0).
Proof.
  intro C. apply filterlim_comp with (2 := C). exact is_lim_exp_m.
Qed.

Lemma a_limit_through_exp_at_plus_infinity (f : R -> R) :
  continuous f 0 -> is_lim (fun z => f (exp (- z))) p_infty (f 0).
Proof.
  intro C. apply filterlim_comp with (2 := C).
  apply (filterlim_comp _ _ _ Ropp exp _ (Rbar_locally m_infty) _).
  - apply (filterlim_Rbar_opp p_infty).
  - exact is_lim_exp_m.
Qed.

Theorem the_limits_of_sigma : is_lim sigma m_infty 0 /\ is_lim sigma p_infty 1.
Proof.
  split.
  - apply is_lim_ext with (f := fun z => (fun t => t / (1 + t)) (exp z)).
    + intro z. unfold sigma. rewrite exp_Ropp. pose proof (exp_pos z). field. split; lra.
    + replace (Finite 0) with (Finite (0 / (1 + 0))) by (f_equal; field).
      apply (a_limit_through_exp_at_minus_infinity (fun t => t / (1 + t))).
      apply (ex_derive_continuous (fun t => t / (1 + t))). auto_derive. lra.
  - apply is_lim_ext with (f := fun z => (fun t => / (1 + t)) (exp (- z))); [reflexivity|].
    replace (Finite 1) with (Finite (/ (1 + 0))) by (f_equal; field).
    apply (a_limit_through_exp_at_plus_infinity (fun t => / (1 + t))).
    apply (ex_derive_continuous (fun t => / (1 + t))). auto_derive. lra.
Qed.

Theorem the_limits_of_tanh : is_lim tanh m_infty (-1) /\ is_lim tanh p_infty 1.
Proof.
  split.
  - apply is_lim_ext with (f := fun z => (fun t => (t * t - 1) / (t * t + 1)) (exp z)).
    + intro z. unfold tanh, sinh, cosh. rewrite exp_Ropp. pose proof (exp_pos z).
      assert (0 < exp z * exp z) by now apply Rmult_lt_0_compat.
      field. repeat split; lra.
    + replace (Finite (-1)) with (Finite ((0 * 0 - 1) / (0 * 0 + 1))) by (f_equal; field).
      apply (a_limit_through_exp_at_minus_infinity (fun t => (t * t - 1) / (t * t + 1))).
      apply (ex_derive_continuous (fun t => (t * t - 1) / (t * t + 1))). auto_derive. lra.
  - apply is_lim_ext with (f := fun z => (fun t => (1 - t * t) / (1 + t * t)) (exp (- z))).
    + intro z. unfold tanh, sinh, cosh. rewrite !exp_Ropp. pose proof (exp_pos z).
      assert (0 < exp z * exp z) by now apply Rmult_lt_0_compat.
      field. repeat split; lra.
    + replace (Finite 1) with (Finite ((1 - 0 * 0) / (1 + 0 * 0))) by (f_equal; field).
      apply (a_limit_through_exp_at_plus_infinity (fun t => (1 - t * t) / (1 + t * t))).
      apply (ex_derive_continuous (fun t => (1 - t * t) / (1 + t * t))). auto_derive. lra.
Qed.

(** The cross-entropy of the prediction sigma(z), written on the logit. *)
Theorem softplus_form_is_cross_entropy z y :
  softplus_of z - y * z = - (y * ln (sigma z) + (1 - y) * ln (1 - sigma z)).
Proof.
  pose proof (exp_pos z). pose proof (exp_pos (- z)).
  assert (A : ln (1 - sigma z) = - softplus_of z).
  { unfold softplus_of. rewrite <- ln_Rinv by lra. f_equal. unfold sigma. rewrite exp_Ropp.
    field. split; lra. }
  assert (C : ln (sigma z) = z - softplus_of z).
  { replace (sigma z) with (exp z * (1 - sigma z)).
    - rewrite ln_mult, ln_exp, A; [ring | assumption |].
      pose proof (sigma_is_between_zero_and_one z). lra.
    - unfold sigma. rewrite exp_Ropp. field. split; lra. }
  rewrite A, C. ring.
Qed.

(** Lipschitz constants, for the bound on merging. *)

Theorem all_but_silu_are_lipschitz g x y :
  g <> Silu -> Rabs (act reals g y - act reals g x) <= Rabs (y - x).
Proof.
  intro other. rewrite <- (Rmult_1_l (Rabs (y - x))).
  destruct g; [| | | | rewrite !leaky_relu_is_the_larger | contradiction]; cbn.
  - apply bounded_variation with (dh := fun t => sigma t * (1 - sigma t)). intros t _.
    split; [apply the_derivative_of_sigma|].
    pose proof (the_slope_of_sigma_is_at_most_a_quarter t). apply Rabs_le. lra.
  - apply bounded_variation with (dh := fun t => 1 - tanh t * tanh t). intros t _.
    split; [apply the_derivative_of_tanh|].
    pose proof (the_slope_of_tanh_is_between_zero_and_one t). apply Rabs_le. lra.
  - rewrite Rmult_1_l. unfold relu_of, Rmax, Rabs.
    repeat (destruct (Rle_dec _ _) || destruct (Rcase_abs _)); lra.
  - lra.
  - rewrite Rmult_1_l. unfold Rmax, Rabs.
    repeat (destruct (Rle_dec _ _) || destruct (Rcase_abs _)); lra.
Qed.

(** For any activation; the slope of SiLU exceeds 1 somewhere, but that need not be known here. *)
Theorem slopes_up_to_one_are_lipschitz g x y :
  (forall u, Rabs (slope reals g u (act reals g u)) <= 1) ->
  Rabs (act reals g y - act reals g x) <= Rabs (y - x).
Proof.
  intro flat. destruct g; try (apply all_but_silu_are_lipschitz; discriminate).
  rewrite <- (Rmult_1_l (Rabs (y - x))).
  apply bounded_variation with (dh := fun t => slope reals Silu t (act reals Silu t)).
  intros t _. split; [|apply flat]. apply (the_slope_is_the_derivative Silu). intros [].
Qed.
