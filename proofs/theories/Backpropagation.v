(** Every entry of dW[l] and db[l] is the partial derivative of the mean loss, for any number of
    layers and any loss: ReLU and leaky ReLU where no hidden preactivation is zero, the other
    activations everywhere.

    Only the single entry moves, so the layers under it stand still, its own preactivation moves
    in a straight line, and the change is carried upwards by the chain rule.  The sum over the
    units of a layer of dz times the change of z is the same for every layer above (the adjoint
    identity), which is what lets backprop read the derivative off at the layer of the entry. *)

From Coq Require Import Reals List Arith Bool Lia Lra.
From Coquelicot Require Import Coquelicot.
From InitSymmetry Require Import Network Training Arithmetic Folds RealArithmetic Activations.
Local Open Scope R_scope.

(** The loss of one example, as a function of the z of its n outputs and their labels. *)
Definition cost (c : loss) (n : nat) (z y : nat -> R) : R :=
  match c with
  | SigmoidCrossEntropy => sum n (fun i => softplus_of (z i) - y i * z i)
  | SigmoidSquaredError => sum n (fun i => / 2 * ((sigma (z i) - y i) * (sigma (z i) - y i)))
  | IdentitySquaredError => sum n (fun i => / 2 * ((z i - y i) * (z i - y i)))
  | SoftmaxCrossEntropy => ln (sum n (fun i => exp (z i))) - sum n (fun i => y i * z i)
  end.

Lemma the_derivative_of_a_sum n (f : R -> nat -> R) (d : nat -> R) s :
  (forall k, (k < n)%nat -> is_derive (fun t => f t k) s (d k)) ->
  is_derive (fun t => sum n (f t)) s (sum n d).
Proof.
  induction n as [|n IH]; intro H; cbn; [exact (is_derive_const 0 s)|].
  apply (is_derive_plus (fun t => sum n (f t)) (fun t => f t n)); auto.
Qed.

Lemma the_derivative_of_log_sum_exp n (z : R -> nat -> R) (d : nat -> R) s :
  (forall i, (i < n)%nat -> is_derive (fun t => z t i) s (d i)) ->
  is_derive (fun t => ln (sum n (fun i => exp (z t i)))) s
    (sum n (fun i => softmax_of (z s i) (vector n (z s)) * d i)).
Proof.
  intro D. destruct n as [|n]; [exact (is_derive_const (ln 0) s)|].
  pose proof (sum_of_exponentials_is_positive (S n) (z s) (Nat.lt_0_succ n)) as positive.
  set (total := sum (S n) (fun i => exp (z s i))) in *.
  replace (sum (S n) (fun i => softmax_of (z s i) (vector (S n) (z s)) * d i)) with
    (sum (S n) (fun i => d i * exp (z s i)) * / total).
  2: { rewrite <- sum_scaled_right. apply sum_ext. intros i _. rewrite softmax_is_a_quotient.
       fold total. unfold Rdiv. ring. }
  apply (is_derive_comp ln (fun t => sum (S n) (fun i => exp (z t i)))).
  - fold total. auto_derive; [exact positive | ring].
  - apply (the_derivative_of_a_sum (S n) (fun t i => exp (z t i))). intros i Hi.
    apply (is_derive_comp exp (fun t => z t i)); [|now apply D].
    auto_derive; [exact I | ring].
Qed.

(** The outputs move together: of a softmax, the loss is one function of all of them. *)
Lemma the_derivative_of_the_cost_along_a_path c n (z : R -> nat -> R) y (d : nat -> R) s :
  (forall i, (i < n)%nat -> is_derive (fun t => z t i) s (d i)) ->
  is_derive (fun t => cost c n (z t) y) s
    (sum n (fun i => residual reals c (z s i) (vector n (z s)) (y i) * d i)).
Proof.
  intro D. destruct c; cbn [cost residual reals sub mul one sigmoid softmax].
  - apply the_derivative_of_a_sum. intros i Hi. rewrite Rmult_comm.
    apply (is_derive_comp (fun u => softplus_of u - y i * u) (fun t => z t i)); [|now apply D].
    apply (is_derive_minus softplus_of (fun u => y i * u)).
    + apply the_derivative_of_softplus.
    + auto_derive; [exact I | ring].
  - apply the_derivative_of_a_sum. intros i Hi. rewrite Rmult_comm.
    apply (is_derive_comp (fun u => / 2 * ((sigma u - y i) * (sigma u - y i))) (fun t => z t i));
      [|now apply D].
    rewrite Rmult_comm.
    apply (is_derive_comp (fun v => / 2 * ((v - y i) * (v - y i))) sigma).
    + auto_derive; [exact I | field].
    + apply the_derivative_of_sigma.
  - apply the_derivative_of_a_sum. intros i Hi. rewrite Rmult_comm.
    apply (is_derive_comp (fun u => / 2 * ((u - y i) * (u - y i))) (fun t => z t i));
      [|now apply D].
    auto_derive; [exact I | field].
  - rewrite (sum_ext _ _ (fun i => softmax_of (z s i) (vector n (z s)) * d i - y i * d i))
      by (intros; ring).
    rewrite sum_minus.
    apply (is_derive_minus (fun t => ln (sum n (fun i => exp (z t i))))
      (fun t => sum n (fun i => y i * z t i))).
    + now apply the_derivative_of_log_sum_exp.
    + apply (the_derivative_of_a_sum n (fun t i => y i * z t i)). intros i Hi.
      apply (is_derive_scal (fun t => z t i)). now apply D.
Qed.

Theorem the_residual_is_the_derivative_of_the_cost c n z y i :
  (i < n)%nat ->
  is_derive (fun t => cost c n (fun k => if k =? i then t else z k) y) (z i)
    (residual reals c (z i) (vector n z) (y i)).
Proof.
  intro Hi. set (moved := fun t k => if k =? i then t else z k).
  assert (E : forall k, moved (z i) k = z k).
  { intro k. unfold moved. now destruct (Nat.eqb_spec k i) as [->|]. }
  pose proof (the_derivative_of_the_cost_along_a_path c n moved y
    (fun k => if k =? i then 1 else 0) (z i)) as D.
  rewrite (sum_single n i) in D; [| exact Hi |].
  - rewrite (vectors_with_equal_entries_are_equal n (moved (z i)) z), E, Nat.eqb_refl, Rmult_1_r
      in D by (intros; apply E).
    apply D. intros k _. unfold moved. destruct (Nat.eqb_spec k i).
    + exact (is_derive_id (z i)).
    + exact (is_derive_const (z k) (z i)).
  - intros k _ other. destruct (Nat.eqb_spec k i); [contradiction | ring].
Qed.

Definition mean_loss (g : activation) (c : loss) (depth : nat) (width : nat -> nat) (B : batch R)
    (p : parameters R) : R :=
  sum (examples B) (fun j =>
    cost c (width depth) (fun i => z (ordinary reals g c) width B p depth i j)
      (fun i => label B i j)) / INR (examples B).

(** No hidden unit is at the kink of its activation on any example. *)
Definition off_the_kink g c depth width (B : batch R) p : Prop :=
  kinked g -> forall l i j, (1 <= l < depth)%nat -> (i < width l)%nat -> (j < examples B)%nat ->
    z (ordinary reals g c) width B p l i j <> 0.

(** A curve of parameters along which only layer [l0] changes, and its z in straight lines. *)
Section Curve.
Variables (g : activation) (c : loss) (depth : nat) (width : nat -> nat) (B : batch R).
Variables (curve : R -> parameters R) (s0 : R) (l0 : nat) (speed : nat -> nat -> R).
Let K := ordinary reals g c.
Let p := curve s0.
Hypothesis inside : (1 <= l0 <= depth)%nat.
Hypothesis other_weights : forall s l i k, l <> l0 -> weight (curve s) l i k = weight p l i k.
Hypothesis other_biases : forall s l i, l <> l0 -> bias (curve s) l i = bias p l i.
Hypothesis straight : forall s i j,
  z K width B (curve s) l0 i j = z K width B p l0 i j + (s - s0) * speed i j.
Hypothesis smooth : off_the_kink g c depth width B p.

Let slope_at l k j := slope reals g (z K width B p l k j) (a K width B p l k j).

(** The change of z, [d] layers above [l0]. *)
Fixpoint change (d i j : nat) : R :=
  match d with
  | O => speed i j
  | S d' => sum (width (l0 + d')) (fun k =>
      weight p (l0 + d) i k * (slope_at (l0 + d') k j * change d' k j))
  end.

Lemma the_derivative_of_z d : forall i j,
  (l0 + d <= depth)%nat -> (j < examples B)%nat ->
  is_derive (fun s => z K width B (curve s) (l0 + d) i j) s0 (change d i j).
Proof.
  induction d as [|d IH]; intros i j below Hj.
  - rewrite Nat.add_0_r. cbn [change].
    apply is_derive_ext with (f := fun s => z K width B p l0 i j + (s - s0) * speed i j).
    + intro s. symmetry. apply straight.
    + auto_derive; [exact I | ring].
  - apply is_derive_ext with (f := fun s =>
      sum (width (l0 + d)) (fun k =>
        weight p (l0 + S d) i k * act reals g (z K width B (curve s) (l0 + d) k j))
      + bias p (l0 + S d) i).
    + intro s. unfold K at 2. rewrite z_is_a_sum. fold K.
      rewrite other_biases by lia. replace (pred (l0 + S d)) with (l0 + d)%nat by lia.
      f_equal. apply sum_ext. intros k _. rewrite other_weights by lia.
      now rewrite (a_is_the_squashed_z K width B (curve s)) by lia.
    + rewrite <- (Rplus_0_r (change (S d) i j)).
      apply (is_derive_plus (fun s => sum (width (l0 + d)) (fun k =>
        weight p (l0 + S d) i k * act reals g (z K width B (curve s) (l0 + d) k j)))
        (fun _ => bias p (l0 + S d) i)).
      2: exact (is_derive_const (bias p (l0 + S d) i) s0).
      cbn [change]. apply the_derivative_of_a_sum. intros k Hk.
      apply (is_derive_scal (fun s => act reals g (z K width B (curve s) (l0 + d) k j))).
      rewrite Rmult_comm.
      apply (is_derive_comp (act reals g) (fun s => z K width B (curve s) (l0 + d) k j)).
      2: apply IH; [lia | exact Hj].
      unfold slope_at. rewrite a_is_the_squashed_z by lia.
      apply the_slope_is_the_derivative. intro R. apply (smooth R); [lia | exact Hk | exact Hj].
Qed.

Lemma the_adjoint_identity d j :
  (l0 + d <= depth)%nat ->
  sum (width (l0 + d)) (fun i => dz K depth width B p (l0 + d) i j * change d i j) =
  sum (width l0) (fun i => dz K depth width B p l0 i j * speed i j).
Proof.
  induction d as [|d IH]; intro below; [now rewrite Nat.add_0_r|].
  rewrite <- IH by lia. cbn [change]. replace (l0 + S d)%nat with (S (l0 + d)) by lia.
  rewrite (sum_ext _ _ (fun i => sum (width (l0 + d)) (fun k =>
    dz K depth width B p (S (l0 + d)) i j *
      (weight p (S (l0 + d)) i k * (slope_at (l0 + d) k j * change d k j))))).
  2: intros i _; now rewrite sum_scaled.
  rewrite sum_swap. apply sum_ext. intros k _.
  rewrite dz_of_a_hidden_layer by lia.
  pose proof (da_is_a_sum g c depth width B p (l0 + d) k j) as E. fold K in E. rewrite E.
  cbn [pull K ordinary mul reals]. rewrite <- !sum_scaled_right. apply sum_ext. intros i _.
  unfold slope_at. ring.
Qed.

Theorem the_derivative_of_the_mean_loss_along_the_curve :
  is_derive (fun s => mean_loss g c depth width B (curve s)) s0
    (sum (examples B) (fun j => sum (width l0) (fun i => dz K depth width B p l0 i j * speed i j))
     / INR (examples B)).
Proof.
  unfold mean_loss, Rdiv. rewrite Rmult_comm.
  apply is_derive_ext with (f := fun s => / INR (examples B) *
    sum (examples B) (fun j =>
      cost c (width depth) (fun i => z K width B (curve s) depth i j) (fun i => label B i j))).
  { intro s. apply Rmult_comm. }
  apply (is_derive_scal (fun s => sum (examples B) (fun j =>
    cost c (width depth) (fun i => z K width B (curve s) depth i j) (fun i => label B i j)))).
  apply the_derivative_of_a_sum. intros j Hj.
  pose proof (the_adjoint_identity (depth - l0) j) as Adjoint.
  pose proof (fun i => the_derivative_of_z (depth - l0) i j) as Dz.
  replace (l0 + (depth - l0))%nat with depth in Adjoint, Dz by lia.
  rewrite <- Adjoint by lia.
  rewrite (sum_ext _ _ (fun i => residual reals c (z K width B p depth i j)
    (logits K depth width B p j) (label B i j) * change (depth - l0) i j)).
  2: { intros i _. now rewrite (dz_of_the_output K depth width B p). }
  apply (the_derivative_of_the_cost_along_a_path c (width depth)
    (fun s i => z K width B (curve s) depth i j)).
  intros i _. now apply Dz.
Qed.

End Curve.

(** Moving one entry. *)

Definition with_weight (p : parameters R) (l0 i0 k0 : nat) (s : R) : parameters R :=
  Parameters (fun l i k => if (l =? l0) && (i =? i0) && (k =? k0) then s else weight p l i k)
             (bias p).

Definition with_bias (p : parameters R) (l0 i0 : nat) (s : R) : parameters R :=
  Parameters (weight p) (fun l i => if (l =? l0) && (i =? i0) then s else bias p l i).

Section Entries.
Variables (g : activation) (c : loss) (depth : nat) (width : nat -> nat) (B : batch R)
  (p : parameters R).
Let K := ordinary reals g c.

(** Activations below a layer depend only on the parameters below it. *)
Lemma activations_depend_on_the_layers_below q l :
  (forall l' i k, (l' <= l)%nat -> weight q l' i k = weight p l' i k) ->
  (forall l' i, (l' <= l)%nat -> bias q l' i = bias p l' i) ->
  forall i j, a K width B q l i j = a K width B p l i j.
Proof.
  induction l as [|l IH]; intros W b i j; [reflexivity|].
  rewrite !a_is_the_squashed_z by lia. f_equal. unfold K. rewrite !z_is_a_sum. fold K.
  rewrite b by lia. f_equal. apply sum_ext. intros k _. rewrite W by lia. f_equal.
  apply IH; intros; [apply W | apply b]; lia.
Qed.

Lemma derivatives_agree_on_equal_points q :
  (forall l i k, weight q l i k = weight p l i k) -> (forall l i, bias q l i = bias p l i) ->
  (forall l i j, a K width B q l i j = a K width B p l i j) /\
  (forall l i j, z K width B q l i j = z K width B p l i j) /\
  (forall s i j, delta K depth width B q s i j = delta K depth width B p s i j).
Proof.
  intros W b.
  assert (A : forall l i j, a K width B q l i j = a K width B p l i j).
  { intro l. apply activations_depend_on_the_layers_below; auto. }
  assert (Zs : forall l i j, z K width B q l i j = z K width B p l i j).
  { intros l i j. unfold K. rewrite !z_is_a_sum. fold K. rewrite b. f_equal.
    apply sum_ext. intros k _. now rewrite W, A. }
  repeat split; auto.
  induction s as [|s IH]; intros i j; cbn [delta].
  - rewrite Zs. f_equal. now apply equal_outputs_have_equal_logits.
  - rewrite Zs, A. f_equal. cbn [backflow K ordinary]. f_equal.
    + apply vectors_with_equal_entries_are_equal. intros k _. apply W.
    + apply vectors_with_equal_entries_are_equal. intros k _. apply IH.
Qed.

Variables (l0 i0 : nat).
Hypothesis inside : (1 <= l0 <= depth)%nat.
Hypothesis unit_inside : (i0 < width l0)%nat.
Hypothesis smooth : off_the_kink g c depth width B p.

Theorem backprop_is_the_derivative_of_the_mean_loss_in_every_weight k0 :
  (k0 < width (pred l0))%nat ->
  is_derive (fun s => mean_loss g c depth width B (with_weight p l0 i0 k0 s)) (weight p l0 i0 k0)
    (dW K depth width B p l0 i0 k0).
Proof.
  intro Hk0. set (s0 := weight p l0 i0 k0). set (q := with_weight p l0 i0 k0 s0).
  destruct (derivatives_agree_on_equal_points q) as (A & Zs & D); [| reflexivity |].
  { intros l i k. cbn. destruct (Nat.eqb_spec l l0) as [->|]; [|reflexivity].
    destruct (Nat.eqb_spec i i0) as [->|]; [|reflexivity].
    destruct (Nat.eqb_spec k k0) as [->|]; reflexivity. }
  set (speed := fun i j => if i =? i0 then a K width B p (pred l0) k0 j else 0).
  replace (dW K depth width B p l0 i0 k0) with
    (sum (examples B) (fun j => sum (width l0) (fun i => dz K depth width B q l0 i j * speed i j))
     / INR (examples B)).
  - apply (the_derivative_of_the_mean_loss_along_the_curve g c depth width B
      (with_weight p l0 i0 k0) s0 l0 speed).
    + exact inside.
    + intros s l i k other. cbn. now destruct (Nat.eqb_spec l l0).
    + reflexivity.
    + intros s i j. fold q. fold K. rewrite Zs. unfold K. rewrite !z_is_a_sum. fold K.
      rewrite (sum_ext _ _ (fun k => weight p l0 i k * a K width B p (pred l0) k j
        + (s - s0) * (if (i =? i0) && (k =? k0) then a K width B p (pred l0) k j else 0))).
      * rewrite sum_plus, sum_scaled. cbn [bias with_weight].
        replace (sum _ (fun k => if (i =? i0) && (k =? k0) then _ else 0)) with (speed i j); [ring|].
        unfold speed. destruct (Nat.eqb_spec i i0) as [->|]; cbn [andb].
        -- symmetry. rewrite (sum_single _ k0); [now rewrite Nat.eqb_refl | exact Hk0 |].
           intros k _ other. now destruct (Nat.eqb_spec k k0).
        -- symmetry. now apply sum_of_zeros.
      * intros k _.
        rewrite (activations_depend_on_the_layers_below (with_weight p l0 i0 k0 s) (pred l0)).
        2: { intros l' i' k' H. cbn. destruct (Nat.eqb_spec l' l0); [lia | reflexivity]. }
        2: reflexivity.
        cbn. rewrite Nat.eqb_refl. cbn [andb].
        destruct (Nat.eqb_spec i i0) as [->|]; cbn [andb]; [|ring].
        destruct (Nat.eqb_spec k k0) as [->|]; unfold s0; ring.
    + intros R l i j Hl Hi Hj. fold q. fold K. rewrite Zs. now apply (smooth R).
  - unfold K. rewrite dW_is_a_mean. fold K. f_equal. apply sum_ext. intros j _.
    rewrite (sum_single _ i0).
    + unfold speed. rewrite Nat.eqb_refl. f_equal. apply D.
    + exact unit_inside.
    + intros i _ other. unfold speed. destruct (Nat.eqb_spec i i0); [contradiction | ring].
Qed.

Theorem backprop_is_the_derivative_of_the_mean_loss_in_every_bias :
  is_derive (fun s => mean_loss g c depth width B (with_bias p l0 i0 s)) (bias p l0 i0)
    (db K depth width B p l0 i0).
Proof.
  set (s0 := bias p l0 i0). set (q := with_bias p l0 i0 s0).
  destruct (derivatives_agree_on_equal_points q) as (A & Zs & D); [reflexivity | |].
  { intros l i. cbn. destruct (Nat.eqb_spec l l0) as [->|]; [|reflexivity].
    destruct (Nat.eqb_spec i i0) as [->|]; reflexivity. }
  set (speed := fun i (j : nat) => if i =? i0 then 1 else 0).
  replace (db K depth width B p l0 i0) with
    (sum (examples B) (fun j => sum (width l0) (fun i => dz K depth width B q l0 i j * speed i j))
     / INR (examples B)).
  - apply (the_derivative_of_the_mean_loss_along_the_curve g c depth width B
      (with_bias p l0 i0) s0 l0 speed).
    + exact inside.
    + reflexivity.
    + intros s l i other. cbn. now destruct (Nat.eqb_spec l l0).
    + intros s i j. fold q. fold K. rewrite Zs. unfold K. rewrite !z_is_a_sum. fold K.
      rewrite (sum_ext _ _ (fun k => weight p l0 i k * a K width B p (pred l0) k j)).
      * cbn [bias with_bias]. rewrite Nat.eqb_refl. cbn [andb]. unfold speed.
        destruct (Nat.eqb_spec i i0) as [->|]; unfold s0; ring.
      * intros k _. f_equal. apply activations_depend_on_the_layers_below; [reflexivity|].
        intros l' i' H. cbn. destruct (Nat.eqb_spec l' l0); [lia | reflexivity].
    + intros R l i j Hl Hi Hj. fold q. fold K. rewrite Zs. now apply (smooth R).
  - unfold K. rewrite db_is_a_mean. fold K. f_equal. apply sum_ext. intros j _.
    rewrite (sum_single _ i0).
    + unfold speed. rewrite Nat.eqb_refl, Rmult_1_r. apply D.
    + exact unit_inside.
    + intros i _ other. unfold speed. destruct (Nat.eqb_spec i i0); [contradiction | ring].
Qed.

End Entries.
