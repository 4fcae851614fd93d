(** From all zero, where g(0) = 0, only the output bias moves, and it tends to the log-odds of the
    mean label: one output, cross-entropy, any number of layers, every rate up to 8.

    The bias follows b ← b − α(σ(b) − p).  No step overshoots by as much as it was off: σ changes
    by less than a quarter of what b changes by.  Continuity does the rest. *)

From Coq Require Import Reals List Arith Lia Lra.
From Coquelicot Require Import Coquelicot.
From InitSymmetry Require Import Network Training Arithmetic RealArithmetic ZeroStaysZero
  Activations BalancedLabels.
Local Open Scope R_scope.

(** A continuous map of which every step brings x nearer to [goal]: the steps tend to [goal]. *)
Section ComingCloser.
Variables (f : R -> R) (goal : R) (x : nat -> R).
Hypothesis continuous_map : forall u, continuity_pt f u.
Hypothesis stays : f goal = goal.
Hypothesis closer : forall u, u <> goal -> Rabs (f u - goal) < Rabs (u - goal).
Hypothesis steps : forall t, x (S t) = f (x t).

Let gain (u : R) : R := Rabs (u - goal) - Rabs (f u - goal).

Lemma the_gain_is_continuous u : continuity_pt gain u.
Proof.
  assert (C : forall h, continuity_pt h u -> continuity_pt (fun v => Rabs (h v - goal)) u).
  { intros h H. apply (continuity_pt_comp (fun v => h v - goal) Rabs).
    - apply continuity_pt_minus; [exact H | apply continuity_pt_const; now intros ? ?].
    - apply Rcontinuity_abs. }
  apply (continuity_pt_minus (fun v => Rabs (v - goal)) (fun v => Rabs (f v - goal))).
  - apply (C (fun v => v)), derivable_continuous_pt, derivable_pt_id.
  - apply C, continuous_map.
Qed.

(** As long as x is at least e off, and not farther than at the start, it gains at least m. *)
Lemma far_away_there_is_a_least_gain e far : 0 < e <= far ->
  exists m, 0 < m /\ forall u, e <= Rabs (u - goal) <= far -> m <= gain u.
Proof.
  intro range.
  destruct (continuity_ab_min gain (goal + e) (goal + far)) as (u1 & least1 & in1);
    [lra | intros; apply the_gain_is_continuous |].
  destruct (continuity_ab_min gain (goal - far) (goal - e)) as (u2 & least2 & in2);
    [lra | intros; apply the_gain_is_continuous |].
  exists (Rmin (gain u1) (gain u2)). split.
  - apply Rmin_glb_lt; apply Rlt_Rminus, closer; lra.
  - intros u [near_by far_by]. destruct (Rle_dec goal u).
    + rewrite Rabs_pos_eq in near_by, far_by by lra.
      eapply Rle_trans; [apply Rmin_l | apply least1; lra].
    + rewrite Rabs_left1 in near_by, far_by by lra.
      eapply Rle_trans; [apply Rmin_r | apply least2; lra].
Qed.

Lemma later_is_no_farther s t : (s <= t)%nat -> Rabs (x t - goal) <= Rabs (x s - goal).
Proof.
  induction 1 as [|t _ IH]; [lra|]. apply Rle_trans with (2 := IH). rewrite steps.
  destruct (Req_dec (x t) goal) as [-> | off]; [rewrite stays; lra | now apply Rlt_le, closer].
Qed.

Lemma steps_that_come_closer_tend_to_the_goal : is_lim_seq x goal.
Proof.
  apply is_lim_seq_spec. intros [e positive]. cbn [pos].
  enough (N : exists N, Rabs (x N - goal) < e).
  { destruct N as [N near_by]. exists N. intros t later.
    apply Rle_lt_trans with (2 := near_by). now apply later_is_no_farther. }
  destruct (Rlt_dec (Rabs (x 0%nat - goal)) e) as [near_by|away]; [now exists 0%nat|].
  destruct (far_away_there_is_a_least_gain e (Rabs (x 0%nat - goal))) as (m & some & least);
    [lra|].
  assert (P : forall t, (exists N, Rabs (x N - goal) < e) \/
    Rabs (x t - goal) <= Rabs (x 0%nat - goal) - INR t * m).
  { induction t as [|t [found|off]]; [right; cbn; lra | now left |].
    destruct (Rlt_dec (Rabs (x t - goal)) e) as [near_by|still]; [left; now exists t|].
    right. specialize (least (x t)). unfold gain in least. rewrite <- steps in least.
    pose proof (later_is_no_farther 0 t ltac:(lia)). rewrite S_INR. lra. }
  destruct (nfloor_ex (Rabs (x 0%nat - goal) / m)) as (t & _ & many).
  { apply Rmult_le_pos; [apply Rabs_pos | now apply Rlt_le, Rinv_0_lt_compat]. }
  rewrite <- S_INR in many. apply (Rmult_lt_compat_r m) in many; [|exact some].
  unfold Rdiv in many. rewrite Rmult_assoc, Rinv_l, Rmult_1_r in many by lra.
  destruct (P (S t)) as [found|off]; [exact found | exfalso].
  pose proof (Rabs_pos (x (S t) - goal)). lra.
Qed.

End ComingCloser.

(** σ rises by less than a quarter of the way: its slope is 1/4 at 0 only. *)

Lemma sigma_rises x y : x < y -> sigma x < sigma y.
Proof.
  intro H. unfold sigma. pose proof (exp_increasing (- y) (- x) ltac:(lra)).
  pose proof (exp_pos (- y)). apply Rinv_lt_contravar; [apply Rmult_lt_0_compat|]; lra.
Qed.

Lemma sigma_between x y : x < y ->
  exists u, x < u < y /\ sigma y - sigma x = sigma u * (1 - sigma u) * (y - x).
Proof.
  intro H. destruct (MVT_cor2 sigma (fun u => sigma u * (1 - sigma u)) x y H) as (u & E & inside).
  - intros u _. apply is_derive_Reals, the_derivative_of_sigma.
  - now exists u.
Qed.

Lemma sigma_rises_by_less_than_a_quarter x y :
  x < y -> 0 < sigma y - sigma x < (y - x) / 4.
Proof.
  intro H. split; [pose proof (sigma_rises x y H); lra|].
  set (m := (x + y) / 2). assert (x < m < y) by (unfold m; lra).
  destruct (sigma_between x m) as (u & inside_u & E); [lra|].
  destruct (sigma_between m y) as (v & inside_v & F); [lra|].
  pose proof (sigma_rises u v ltac:(lra)).
  assert (Q : forall w, sigma w * (1 - sigma w) = 1 / 4 - (sigma w - 1 / 2) * (sigma w - 1 / 2))
    by (intro; field).
  rewrite Q in E, F.
  assert (P : 0 < (sigma u - 1 / 2) * (sigma u - 1 / 2) + (sigma v - 1 / 2) * (sigma v - 1 / 2)).
  { pose proof (Rle_0_sqr (sigma u - 1 / 2)) as U. pose proof (Rle_0_sqr (sigma v - 1 / 2)) as V.
    unfold Rsqr in U, V. destruct (Req_dec (sigma u) (1 / 2)).
    - assert (0 < (sigma v - 1 / 2) * (sigma v - 1 / 2)) by (apply Rmult_lt_0_compat; lra). lra.
    - assert (0 < Rsqr (sigma u - 1 / 2)) by (apply Rsqr_pos_lt; lra). unfold Rsqr in *. lra. }
  apply (Rmult_lt_compat_r (m - x)) in P; [|lra].
  replace (y - m) with (m - x) in F by (unfold m; field).
  assert (m - x = (y - x) / 2) by (unfold m; field). lra.
Qed.

Definition log_odds (p : R) : R := ln (p / (1 - p)).

Lemma sigma_of_the_log_odds p : 0 < p < 1 -> sigma (log_odds p) = p.
Proof.
  intro H. unfold sigma, log_odds. rewrite exp_Ropp, exp_ln; [field; lra|].
  apply Rdiv_lt_0_compat; lra.
Qed.

(** The recurrence of the bias alone, from any start. *)
Theorem gradient_descent_on_a_bias_tends_to_the_log_odds rate p (b : nat -> R) :
  0 < rate <= 8 -> 0 < p < 1 ->
  (forall t, b (S t) = b t - rate * (sigma (b t) - p)) -> is_lim_seq b (log_odds p).
Proof.
  intros small between steps. pose proof (sigma_of_the_log_odds p between) as E.
  apply (steps_that_come_closer_tend_to_the_goal (fun u => u - rate * (sigma u - p))).
  - intro u.
    apply continuity_pt_filterlim, (ex_derive_continuous (fun u => u - rate * (sigma u - p))).
    exists (1 - rate * (sigma u * (1 - sigma u) - 0)).
    apply (is_derive_minus (fun u => u) (fun u => rate * (sigma u - p))); [exact (is_derive_id u)|].
    apply (is_derive_scal (fun u => sigma u - p)).
    apply (is_derive_minus sigma (fun _ => p)); [apply the_derivative_of_sigma|].
    exact (is_derive_const p u).
  - rewrite E. ring.
  - intros u off. rewrite <- E at 1.
    assert (S : forall d r, 0 < d < r / 4 -> Rabs (r - rate * d) < r).
    { intros d r H. pose proof (Rmult_lt_0_compat rate d ltac:(lra) ltac:(lra)).
      pose proof (Rmult_le_compat_r d rate 8 ltac:(lra) ltac:(lra)). apply Rabs_def1; lra. }
    destruct (Rtotal_order u (log_odds p)) as [below | [same | above]]; [| contradiction |].
    + rewrite (Rabs_left (u - log_odds p)) by lra. rewrite <- Rabs_Ropp.
      replace (- (u - rate * (sigma u - sigma (log_odds p)) - log_odds p))
        with ((log_odds p - u) - rate * (sigma (log_odds p) - sigma u)) by ring.
      replace (- (u - log_odds p)) with (log_odds p - u) by ring.
      apply S, sigma_rises_by_less_than_a_quarter, below.
    + rewrite (Rabs_right (u - log_odds p)) by lra.
      replace (u - rate * (sigma u - sigma (log_odds p)) - log_odds p)
        with ((u - log_odds p) - rate * (sigma u - sigma (log_odds p))) by ring.
      apply S, sigma_rises_by_less_than_a_quarter, above.
  - exact steps.
Qed.

(** The training run of the network. *)
Section Network.
Variables (g : activation) (depth : nat) (width : nat -> nat) (B : batch R) (rate : R).
Let K := ordinary reals g SigmoidCrossEntropy.
Let run t := trained reals g SigmoidCrossEntropy rate depth width B (constant 0 0) t.
Hypothesis vanishes : act reals g 0 = 0.
Hypothesis deep : (2 <= depth)%nat.
Hypothesis some_example : (0 < examples B)%nat.
Hypothesis one_output : width depth = 1%nat.

Lemma the_output_of_a_frozen_network_is_its_bias p j :
  frozen (fun x => x = 0) depth width p -> z K width B p depth 0 j = bias p depth 0.
Proof.
  intro cold. unfold K. rewrite z_is_a_sum, sum_of_zeros; [ring|].
  intros k Hk. destruct (cold depth 0%nat) as [W _]; [lia | lia |]. rewrite W by exact Hk. ring.
Qed.

Theorem from_zero_the_output_bias_follows_the_mean_label t :
  bias (run (S t)) depth 0 =
  bias (run t) depth 0 - rate * (sigma (bias (run t) depth 0) - mean_label B).
Proof.
  assert (cold : frozen (fun x => x = 0) depth width (run t)).
  { apply (zero_stays_zero_in_any_ring reals g SigmoidCrossEntropy rate depth width (fun _ => B));
      [exact the_reals_have_an_exact_zero | exact vanishes | exact deep | auto]. }
  unfold run, trained in *. cbn [train]. unfold gradient_descent at 1.
  rewrite a_bias_after_one_descent. fold (gradient_descent reals rate). cbn [sub mul reals].
  set (p := values _) in *. do 2 f_equal. rewrite db_is_a_mean. fold K. unfold mean_label.
  assert (INR (examples B) <> 0) by (apply not_0_INR; lia).
  rewrite (sum_ext _ _ (fun j => sigma (bias p depth 0) - label B 0 j)).
  - rewrite sum_minus, sum_of_equals. now field.
  - intros j _. rewrite (dz_of_the_output K depth width).
    now rewrite the_output_of_a_frozen_network_is_its_bias.
Qed.

Theorem from_zero_the_output_bias_tends_to_the_log_odds_of_the_mean_label :
  0 < rate <= 8 -> 0 < mean_label B < 1 ->
  is_lim_seq (fun t => bias (run t) depth 0) (log_odds (mean_label B)).
Proof.
  intros small between. apply (gradient_descent_on_a_bias_tends_to_the_log_odds rate); auto.
  apply from_zero_the_output_bias_follows_the_mean_label.
Qed.

End Network.
