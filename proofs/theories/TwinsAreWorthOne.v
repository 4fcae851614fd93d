(** n twins, trained at rate α, compute at every step what one unit computes whose outgoing
    weights are n times theirs, trained at α/n on its row and bias and at n·α on its outgoing
    weights (α on the output bias).  Over the reals: addition of n equal terms is multiplication
    by n, which rounding does not respect. *)

From Coq Require Import Reals List Arith Lia Lra.
Import ListNotations.
From InitSymmetry Require Import Network Training Arithmetic Integers RealArithmetic.
Local Open Scope R_scope.

(** [p] has n equal hidden units, [q] has one worth n of them. *)
Definition worth_one (n inputs outputs : nat) (p q : parameters R) : Prop :=
  (forall i k, (i < n)%nat -> (k < inputs)%nat -> weight p 1 i k = weight q 1 0 k) /\
  (forall i, (i < n)%nat -> bias p 1 i = bias q 1 0) /\
  (forall h i, (h < outputs)%nat -> (i < n)%nat -> INR n * weight p 2 h i = weight q 2 h 0) /\
  (forall h, (h < outputs)%nat -> bias p 2 h = bias q 2 h).

Definition rates_of_one (n : nat) (rate : R) : rule R unit :=
  descend reals
    (fun l _ _ => match l with 1%nat => rate / INR n | _ => INR n * rate end)
    (fun l _ => match l with 1%nat => rate / INR n | _ => rate end).

Section Merge.
Variables (g : activation) (c : loss) (n inputs outputs : nat).
Hypothesis some_unit : (0 < n)%nat.
Let K := ordinary reals g c.
Let many := sizes [inputs; n; outputs].
Let one := sizes [inputs; 1; outputs]%nat.

Let n_is_not_zero : INR n <> 0.
Proof. apply not_0_INR. lia. Qed.

Section OnePass.
Variables (B : batch R) (p q : parameters R).
Hypothesis merged : worth_one n inputs outputs p q.

Lemma merged_hidden_preactivations_agree i j :
  (i < n)%nat -> z K many B p 1 i j = z K one B q 1 0 j.
Proof.
  intro Hi. destruct merged as (rows & biases & _). unfold K. rewrite !z_is_a_sum.
  rewrite biases by exact Hi. f_equal. apply sum_ext. intros k Hk. now rewrite rows.
Qed.

Lemma merged_hidden_activations_agree i j :
  (i < n)%nat -> a K many B p 1 i j = a K one B q 1 0 j.
Proof.
  intro Hi. rewrite !a_is_the_squashed_z by lia. now rewrite merged_hidden_preactivations_agree.
Qed.

Theorem merged_networks_compute_the_same h j :
  (h < outputs)%nat -> z K many B p 2 h j = z K one B q 2 h j.
Proof.
  intro Hh. destruct merged as (_ & _ & columns & biases). unfold K. rewrite !z_is_a_sum.
  rewrite biases by exact Hh. f_equal. cbn [pred]. fold K.
  change (many 1) with n. change (one 1) with 1%nat. cbn [sum]. rewrite Rplus_0_l.
  rewrite (sum_ext n _ (fun _ => weight q 2 h 0 / INR n * a K one B q 1 0 j)).
  - rewrite sum_of_equals. field. exact n_is_not_zero.
  - intros i Hi. rewrite merged_hidden_activations_agree by exact Hi.
    rewrite <- (columns h i) by assumption. field. exact n_is_not_zero.
Qed.

Lemma merged_output_deltas_agree h j :
  (h < outputs)%nat -> dz K 2 many B p 2 h j = dz K 2 one B q 2 h j.
Proof.
  intro Hh. rewrite (dz_of_the_output K 2 many), (dz_of_the_output K 2 one).
  rewrite merged_networks_compute_the_same by exact Hh. f_equal.
  apply equal_outputs_have_equal_logits; [reflexivity|]. intros i Hi.
  now apply merged_networks_compute_the_same.
Qed.

Lemma each_twin_has_its_share_of_the_delta i j :
  (i < n)%nat -> dz K 2 many B p 1 i j = dz K 2 one B q 1 0 j / INR n.
Proof.
  intro Hi. rewrite !dz_of_a_hidden_layer by lia.
  rewrite merged_hidden_preactivations_agree, merged_hidden_activations_agree by exact Hi.
  assert (D : da K 2 many B p 1 i j = da K 2 one B q 1 0 j / INR n).
  { unfold K. rewrite !da_is_a_sum. unfold Rdiv. rewrite <- sum_scaled_right.
    apply sum_ext. intros h Hh. destruct merged as (_ & _ & columns & _).
    fold K. rewrite merged_output_deltas_agree by exact Hh.
    rewrite <- (columns h i) by assumption. field. exact n_is_not_zero. }
  rewrite D. cbn. field. exact n_is_not_zero.
Qed.

End OnePass.

Theorem merged_networks_stay_merged_for_one_step rate B (p q : parameters (R * unit)) :
  worth_one n inputs outputs (values p) (values q) ->
  worth_one n inputs outputs (values (step K (gradient_descent reals rate) 2 many B p))
                             (values (step K (rates_of_one n rate) 2 one B q)).
Proof.
  intro merged. pose proof merged as (rows & biases & columns & outs).
  unfold gradient_descent, rates_of_one.
  repeat split; intros; rewrite ?a_weight_after_one_descent, ?a_bias_after_one_descent;
    cbn [sub mul reals].
  - rename H into Hi, H0 into Hk. rewrite rows by assumption. f_equal.
    unfold K. rewrite !dW_is_a_mean. fold K.
    rewrite (sum_ext _ _ (fun j => / INR n *
      (dz K 2 one B (values q) 1 0 j * a K one B (values q) 0 k j))).
    + rewrite sum_scaled. unfold Rdiv. cbn [pred]. generalize (/ INR (examples B)). intro. ring.
    + intros j _. rewrite (each_twin_has_its_share_of_the_delta B _ _ merged) by exact Hi.
      cbn [pred a]. unfold Rdiv. ring.
  - rename H into Hi. rewrite biases by assumption. f_equal.
    unfold K. rewrite !db_is_a_mean. fold K.
    rewrite (sum_ext _ _ (fun j => / INR n * dz K 2 one B (values q) 1 0 j)).
    + rewrite (sum_scaled _ _ (fun j => dz K 2 one B (values q) 1 0 j)). unfold Rdiv. generalize (/ INR (examples B)). intro. ring.
    + intros j _. rewrite (each_twin_has_its_share_of_the_delta B _ _ merged) by exact Hi.
      unfold Rdiv. ring.
  - rename H into Hh, H0 into Hi. rewrite <- (columns h i) by assumption.
    rewrite Rmult_minus_distr_l. f_equal. rewrite Rmult_assoc. do 2 f_equal.
    unfold K. rewrite !dW_is_a_mean. f_equal. fold K. apply sum_ext. intros j _.
    rewrite (merged_output_deltas_agree B _ _ merged) by exact Hh. cbn [pred].
    now rewrite (merged_hidden_activations_agree B _ _ merged) by exact Hi.
  - rename H into Hh. rewrite outs by assumption. do 2 f_equal.
    unfold K. rewrite !db_is_a_mean. f_equal. fold K. apply sum_ext. intros j _.
    now rewrite (merged_output_deltas_agree B _ _ merged) by exact Hh.
Qed.

Theorem n_twins_are_worth_one_unit rate (B : nat -> batch R) (p q : parameters R) :
  worth_one n inputs outputs p q ->
  let P t := values (train (fun _ => K) (fun _ => gradient_descent reals rate) 2 many B (plain p) t) in
  let Q t := values (train (fun _ => K) (fun _ => rates_of_one n rate) 2 one B (plain q) t) in
  forall t, worth_one n inputs outputs (P t) (Q t) /\
    forall X h j, (h < outputs)%nat -> z K many X (P t) 2 h j = z K one X (Q t) 2 h j.
Proof.
  intros merged P Q t.
  assert (W : worth_one n inputs outputs (P t) (Q t)).
  { induction t as [|t IH]; [exact merged|].
    now apply merged_networks_stay_merged_for_one_step. }
  split; [exact W|]. intros X h j Hh. now apply merged_networks_compute_the_same.
Qed.

End Merge.
