(** Where the step map is injective, different units never become twins: the step commutes with
    exchanging two units, and a point whose exchange has the same image is, by injectivity, its
    own exchange.

    Exchanging units reorders sums, so this is about the reals (or any arithmetic whose addition
    is commutative and associative), not about rounding. *)

From Coq Require Import Reals List Arith Lia Lra.
From InitSymmetry Require Import Network Training Arithmetic Twins RealArithmetic.
Local Open Scope R_scope.

Definition exchange (i k u : nat) : nat := if u =? i then k else if u =? k then i else u.

(** [q] is [p] with units [i] and [k] of layer [l0] exchanged. *)
Definition exchanged (l0 i k : nat) (p : parameters R) : parameters R :=
  Parameters
    (fun l u h => weight p l (if l =? l0 then exchange i k u else u)
                            (if l =? S l0 then exchange i k h else h))
    (fun l u => bias p l (if l =? l0 then exchange i k u else u)).

Lemma a_sum_does_not_see_an_exchange n i k f :
  (i < n)%nat -> (k < n)%nat -> sum n (fun u => f (exchange i k u)) = sum n f.
Proof.
  intros Hi Hk. destruct (Nat.eq_dec i k) as [->|apart].
  { apply sum_ext. intros u _. unfold exchange.
    destruct (Nat.eqb_spec u k) as [->|]; reflexivity. }
  assert (E : sum n (fun u => f (exchange i k u) - f u) = 0).
  { rewrite (sum_ext _ _ (fun u => (if u =? i then f k - f i else 0)
                                 + (if u =? k then f i - f k else 0))).
    - rewrite sum_plus, (sum_single n i), (sum_single n k), !Nat.eqb_refl; try assumption; [ring| |].
      + intros u _ H. now destruct (Nat.eqb_spec u k).
      + intros u _ H. now destruct (Nat.eqb_spec u i).
    - intros u _. unfold exchange. destruct (Nat.eqb_spec u i) as [->|].
      + destruct (Nat.eqb_spec i k); [contradiction | ring].
      + destruct (Nat.eqb_spec u k) as [->|]; ring. }
  rewrite sum_minus in E. lra.
Qed.

Section Exchange.
Variables (g : activation) (c : loss) (depth : nat) (width : nat -> nat) (B : batch R).
Variables (l0 i k : nat).
Let K := ordinary reals g c.
Hypothesis hidden : (1 <= l0 < depth)%nat.
Hypothesis i_inside : (i < width l0)%nat.
Hypothesis k_inside : (k < width l0)%nat.

Let other l u := if l =? l0 then exchange i k u else u.

Let other_l0 u : other l0 u = exchange i k u.
Proof. unfold other. now rewrite Nat.eqb_refl. Qed.

Section OnePass.
Variable p : parameters R.
Let q := exchanged l0 i k p.

Lemma a_of_the_exchanged l : forall u j, a K width B q l u j = a K width B p l (other l u) j.
Proof.
  induction l as [|l IH]; intros u j.
  - unfold other. destruct (Nat.eqb_spec 0 l0); [lia | reflexivity].
  - rewrite !a_is_the_squashed_z by lia. cbn [squash K ordinary]. f_equal.
    unfold K. rewrite !z_is_a_sum. fold K. cbn [pred]. f_equal.
    rewrite (sum_ext _ _ (fun h => weight p (S l) (other (S l) u) (other l h) * a K width B p l (other l h) j)).
    2: { intros h _. rewrite IH. reflexivity. }
    unfold other at 2 3. destruct (Nat.eqb_spec l l0) as [->|]; [|reflexivity].
    apply (a_sum_does_not_see_an_exchange (width l0) i k
      (fun h => weight p (S l0) (other (S l0) u) h * a K width B p l0 h j)); assumption.
Qed.

Lemma z_of_the_exchanged l u j : (1 <= l)%nat -> z K width B q l u j = z K width B p l (other l u) j.
Proof.
  intro Hl. destruct l as [|l]; [lia|]. unfold K. rewrite !z_is_a_sum. fold K. cbn [pred]. f_equal.
  rewrite (sum_ext _ _ (fun h => weight p (S l) (other (S l) u) (other l h) * a K width B p l (other l h) j)).
  2: { intros h _. rewrite a_of_the_exchanged. reflexivity. }
  unfold other at 2 3. destruct (Nat.eqb_spec l l0) as [->|]; [|reflexivity].
  apply (a_sum_does_not_see_an_exchange (width l0) i k
    (fun h => weight p (S l0) (other (S l0) u) h * a K width B p l0 h j)); assumption.
Qed.

Lemma dz_of_the_exchanged s : forall l u j, l = (depth - s)%nat -> (1 <= l <= depth)%nat ->
  dz K depth width B q l u j = dz K depth width B p l (other l u) j.
Proof.
  induction s as [|s IH]; intros l u j El Hl.
  - replace l with depth by lia. rewrite !(dz_of_the_output K depth width B).
    rewrite z_of_the_exchanged by lia.
    rewrite (equal_outputs_have_equal_logits K depth width width B B q p) by
      (reflexivity || (intros; rewrite z_of_the_exchanged by lia; unfold other;
       destruct (Nat.eqb_spec depth l0); [lia | reflexivity])).
    unfold other. destruct (Nat.eqb_spec depth l0); [lia | reflexivity].
  - destruct (Nat.eq_dec l depth) as [->|]; [rewrite (IH depth u j) by lia; reflexivity|].
    rewrite !dz_of_a_hidden_layer by lia.
    rewrite z_of_the_exchanged, a_of_the_exchanged by lia.
    cut (da K depth width B q l u j = da K depth width B p l (other l u) j).
    { intros ->. reflexivity. }
    unfold K. rewrite !da_is_a_sum. fold K.
    rewrite (sum_ext _ _ (fun h => weight p (S l) (other (S l) h) (other l u) * dz K depth width B p (S l) (other (S l) h) j)).
    2: { intros h _. rewrite (IH (S l)) by lia. reflexivity. }
    unfold other at 1 3. destruct (Nat.eqb_spec (S l) l0) as [E|]; [|reflexivity].
    rewrite <- E in i_inside, k_inside.
    apply (a_sum_does_not_see_an_exchange (width (S l)) i k
      (fun h => weight p (S l) h (other l u) * dz K depth width B p (S l) h j)); assumption.
Qed.

End OnePass.

Definition next (rate : R) (p : parameters R) : parameters R := trained reals g c rate depth width B p 1.

(** Equal inside the network's layers and widths; outside them parameters mean nothing. *)
Definition same (p q : parameters R) : Prop :=
  forall l u, (1 <= l <= depth)%nat -> (u < width l)%nat ->
    bias p l u = bias q l u /\
    forall h, (h < width (pred l))%nat -> weight p l u h = weight q l u h.

Theorem a_step_commutes_with_exchanging_two_units rate p :
  same (next rate (exchanged l0 i k p)) (exchanged l0 i k (next rate p)).
Proof.
  intros l u Hl Hu. unfold next, trained. cbn [train exchanged weight bias]. unfold gradient_descent.
  split; [|intros h Hh]; rewrite ?a_weight_after_one_descent, ?a_bias_after_one_descent;
    rewrite !a_plain_start_has_its_own_values; cbn [sub mul reals]; fold K; f_equal; f_equal.
  - unfold K. rewrite !db_is_a_mean. f_equal. apply sum_ext. intros j _. fold K.
    apply (dz_of_the_exchanged p (depth - l)); lia.
  - unfold K. rewrite !dW_is_a_mean. f_equal. apply sum_ext. intros j _. fold K.
    rewrite (dz_of_the_exchanged p (depth - l)) by lia. rewrite a_of_the_exchanged.
    unfold other. replace (pred l =? l0) with (l =? S l0); [reflexivity|].
    destruct (Nat.eqb_spec l (S l0)), (Nat.eqb_spec (pred l) l0); lia || reflexivity.
Qed.

Lemma twins_are_their_own_exchange p : twins width l0 i k p -> same p (exchanged l0 i k p).
Proof.
  intros (rows & biases & columns) l u Hl Hu. cbn.
  split; [|intros h Hh]; destruct (Nat.eqb_spec l l0) as [->|]; unfold exchange.
  - destruct (Nat.eqb_spec u i) as [->|]; [exact biases|].
    destruct (Nat.eqb_spec u k) as [->|]; [symmetry; exact biases | reflexivity].
  - reflexivity.
  - destruct (Nat.eqb_spec l0 (S l0)); [lia|].
    destruct (Nat.eqb_spec u i) as [->|]; [now apply rows|].
    destruct (Nat.eqb_spec u k) as [->|]; [symmetry; now apply rows | reflexivity].
  - destruct (Nat.eqb_spec l (S l0)) as [->|]; [|reflexivity].
    destruct (Nat.eqb_spec h i) as [->|]; [now apply columns|].
    destruct (Nat.eqb_spec h k) as [->|]; [symmetry; now apply columns | reflexivity].
Qed.

Lemma its_own_exchange_has_twins p : same p (exchanged l0 i k p) -> twins width l0 i k p.
Proof.
  intro E.
  assert (Ei : exchange i k i = k) by (unfold exchange; now rewrite Nat.eqb_refl).
  repeat split.
  - intros h Hh. destruct (E l0 i) as [_ W]; [lia | assumption |].
    rewrite (W h Hh). cbn. rewrite Nat.eqb_refl, Ei.
    destruct (Nat.eqb_spec l0 (S l0)); [lia | reflexivity].
  - destruct (E l0 i) as [b _]; [lia | assumption |].
    rewrite b. cbn. now rewrite Nat.eqb_refl, Ei.
  - intros h Hh. destruct (E (S l0) h) as [_ W]; [lia | assumption |].
    rewrite (W i i_inside). cbn [exchanged weight]. rewrite Nat.eqb_refl, Ei.
    destruct (Nat.eqb_spec (S l0) l0); [lia | reflexivity].
Qed.

(** [region] holds the run and its exchange; on it, equal steps come from equal parameters. *)
Theorem where_the_step_is_injective_different_units_never_become_twins rate region p t :
  (forall p q, region p -> region q -> same (next rate p) (next rate q) -> same p q) ->
  (forall p, region p -> region (exchanged l0 i k p)) ->
  (forall u, (u < t)%nat -> region (trained reals g c rate depth width B p u)) ->
  ~ twins width l0 i k p -> ~ twins width l0 i k (trained reals g c rate depth width B p t).
Proof.
  intros injective symmetric stays apart. revert stays.
  induction t as [|t IH]; intros stays; [unfold trained; cbn; now rewrite a_plain_start_has_its_own_values|].
  intro equal. apply IH; [intros; apply stays; lia|].
  set (v := trained reals g c rate depth width B p t) in *.
  assert (N : same (next rate v) (trained reals g c rate depth width B p (S t)) /\
              same (trained reals g c rate depth width B p (S t)) (next rate v)).
  { unfold next, trained. cbn [train]. unfold gradient_descent at 1 3.
    split; intros l u Hl Hu; split; [|intros h Hh| |intros h Hh];
      unfold gradient_descent;
      rewrite !a_weight_after_one_descent || rewrite !a_bias_after_one_descent;
      rewrite a_plain_start_has_its_own_values; reflexivity. }
  destruct N as [N N'].
  apply its_own_exchange_has_twins, injective.
  - apply stays. lia.
  - apply symmetric, stays. lia.
  - pose proof (twins_are_their_own_exchange _ equal) as own.
    pose proof (a_step_commutes_with_exchanging_two_units rate v) as commute.
    intros l u Hl Hu.
    assert (Hou : ((if Nat.eqb l l0 then exchange i k u else u) < width l)%nat).
    { destruct (Nat.eqb_spec l l0) as [->|]; [|exact Hu]. unfold exchange.
      destruct (Nat.eqb_spec u i); [assumption|]. now destruct (Nat.eqb_spec u k). }
    destruct (N l u Hl Hu) as [b1 W1]. destruct (own l u Hl Hu) as [b2 W2].
    destruct (commute l u Hl Hu) as [b3 W3]. destruct (N' l _ Hl Hou) as [b4 W4].
    split.
    + rewrite b1, b2, b3. cbn [exchanged bias]. exact b4.
    + intros h Hh. rewrite W1, W2, W3 by exact Hh. cbn [exchanged weight]. apply W4.
      destruct (Nat.eqb_spec l (S l0)) as [->|]; [|exact Hh]. cbn [pred] in *. unfold exchange.
      destruct (Nat.eqb_spec h i); [assumption|]. now destruct (Nat.eqb_spec h k).
Qed.

End Exchange.
