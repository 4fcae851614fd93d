(** "Zero stays zero" in binary64, where a zero may carry a sign and 0 times infinity is NaN:
    hence the hypotheses that inputs, rate and residuals are finite. *)

From Coq Require Import ZArith List Arith Lia Floats.SpecFloat.
From InitSymmetry Require Import Network Training Arithmetic ZeroStaysZero Binary64.

Definition signed_zero (x : double) : Prop := exists s, x = S754_zero s.

Definition finite_double (x : double) : Prop :=
  match x with S754_zero _ | S754_finite _ _ _ => True | _ => False end.

Theorem binary64_has_the_zero_laws f1 f2 f3 f4 f5 f6 :
  zero_laws (binary64 f1 f2 f3 f4 f5 f6) signed_zero finite_double.
Proof.
  constructor; cbn.
  - now exists false.
  - now intros x [s ->].
  - intros x y [s ->] [r ->]. destruct s, r; eexists; reflexivity.
  - intros x y [s ->] [r ->]. destruct s, r; eexists; reflexivity.
  - intros x y [s ->] F. destruct y; try contradiction; eexists; reflexivity.
  - intros x y F [s ->]. destruct x; try contradiction; eexists; reflexivity.
  - intros x y z [s ->] F [r ->]. destruct y as [u | | | u m e]; try contradiction;
      destruct s, u, r; eexists; reflexivity.
  - intros x y z F [s ->] [r ->]. destruct x as [u | | | u m e]; try contradiction;
      destruct s, u, r; eexists; reflexivity.
  - intros x m Hm [s ->]. destruct m; [lia|]. eexists; reflexivity.
Qed.

(** What is asked of the machine's functions at zero: each only for the activations that use it. *)
Record kind_at_zero (g : activation) (sigmoid tanh relu heaviside : double -> double) : Prop :=
  KindAtZero {
  not_sigmoid : g <> Sigmoid;
  tanh_of_zero : g = Tanh -> forall z, signed_zero z -> signed_zero (tanh z);
  relu_of_zero : g = Relu -> forall z, signed_zero z -> signed_zero (relu z);
  heaviside_of_zero : g = Relu -> forall z, signed_zero z -> finite_double (heaviside z);
  step_at_zero : g = LeakyRelu -> forall z, signed_zero z -> signed_zero (heaviside z);
  sigmoid_of_zero : g = Silu -> forall z, signed_zero z -> sigmoid z = double_of 1 (-1) }.

Lemma zero_times_finite x y : signed_zero x -> finite_double y -> signed_zero (SFmul prec emax x y).
Proof. intros [s ->] F. destruct y; try contradiction; eexists; reflexivity. Qed.

Theorem zero_stays_zero_in_binary64 sigmoid tanh f3 relu heaviside f6 g c rate depth width
    (B : nat -> batch double) :
  let o := binary64 sigmoid tanh f3 relu heaviside f6 in
  let p t := values (train (fun _ => ordinary o g c) (fun _ => gradient_descent o rate)
               depth width B (plain (constant double_zero double_zero)) t) in
  kind_at_zero g sigmoid tanh relu heaviside -> 2 <= depth -> finite_double rate ->
  (forall t, 0 < examples (B t)) ->
  (forall t k j, k < width 0 -> j < examples (B t) -> finite_double (input (B t) k j)) ->
  (forall t i j, i < width depth -> j < examples (B t) ->
     finite_double (dz (ordinary o g c) depth width (B t) (p t) depth i j)) ->
  forall t, frozen signed_zero depth width (p t).
Proof.
  intros o p [not_s th re he st si] deep FR some FI FD.
  assert (leak : g = LeakyRelu -> forall z, signed_zero z -> finite_double (leaky_slope o z)).
  { intros G z Z. unfold leaky_slope, o, binary64. cbv beta iota.
    destruct (st G z Z) as [s E]. unfold Arithmetic.heaviside. rewrite E.
    destruct s; vm_compute; exact I. }
  apply zero_stays_zero with (finite := finite_double); auto.
  - apply binary64_has_the_zero_laws.
  - constructor.
    + destruct g; cbn [act]; auto; [contradiction | |]; intros z Z; apply zero_times_finite; auto.
      cbn. rewrite si by auto. exact I.
    + destruct g; cbn [slope]; auto; try contradiction; intros z x Z [s ->].
      * destruct s; exact I.
      * exact I.
      * cbn. rewrite si by auto. destruct s; exact I.
  - intros l i _ _. split; intros; now exists false.
Qed.

(** The hypothesis about residuals is needed: an infinite label makes NaN out of zero. *)
Theorem an_infinite_residual_destroys_zero :
  let p := trained bare_binary64 Identity IdentitySquaredError (double_of_nat 1) 2
    (fun _ => 1) (Batch 1 (fun _ _ => double_of_nat 1) (fun _ _ => S754_infinity false))
    (constant double_zero double_zero) 1 in
  weight p 1 0 0 = S754_nan.
Proof. vm_compute. reflexivity. Qed.
