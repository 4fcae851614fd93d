(** Polynomial functions of one real variable: closed under arithmetic, and one that is not zero
    everywhere has finitely many zeros. *)

From Coq Require Import Reals List Lia Lra Classical.
Import ListNotations.
Local Open Scope R_scope.

(** Coefficients from the constant term upwards. *)
Fixpoint evaluate (p : list R) (x : R) : R :=
  match p with [] => 0 | c :: p' => c + x * evaluate p' x end.

Definition polynomial (f : R -> R) : Prop := exists p, forall x, f x = evaluate p x.

Fixpoint plus (p q : list R) : list R :=
  match p, q with
  | [], _ => q
  | _, [] => p
  | c :: p', d :: q' => (c + d) :: plus p' q'
  end.

Definition scale (r : R) : list R -> list R := map (Rmult r).

Fixpoint times (p q : list R) : list R :=
  match p with [] => [] | c :: p' => plus (scale c q) (0 :: times p' q) end.

Lemma evaluate_plus p : forall q x, evaluate (plus p q) x = evaluate p x + evaluate q x.
Proof.
  induction p as [|c p IH]; intros [|d q] x; cbn; try ring. rewrite IH. ring.
Qed.

Lemma evaluate_scale r p x : evaluate (scale r p) x = r * evaluate p x.
Proof. unfold scale. induction p as [|c p IH]; cbn; [ring|]. rewrite IH. ring. Qed.

Lemma evaluate_times p q x : evaluate (times p q) x = evaluate p x * evaluate q x.
Proof.
  induction p as [|c p IH]; cbn; [ring|]. rewrite evaluate_plus, evaluate_scale. cbn. rewrite IH. ring.
Qed.

Lemma polynomial_ext f g : (forall x, f x = g x) -> polynomial f -> polynomial g.
Proof. intros E [p H]. exists p. intro x. now rewrite <- E. Qed.

Lemma a_constant_is_a_polynomial c : polynomial (fun _ => c).
Proof. exists [c]. intro x. cbn. ring. Qed.

Lemma the_variable_is_a_polynomial : polynomial (fun x => x).
Proof. exists [0; 1]. intro x. cbn. ring. Qed.

Lemma a_sum_of_polynomials f g : polynomial f -> polynomial g -> polynomial (fun x => f x + g x).
Proof. intros [p P] [q Q]. exists (plus p q). intro x. now rewrite evaluate_plus, P, Q. Qed.

Lemma a_product_of_polynomials f g : polynomial f -> polynomial g -> polynomial (fun x => f x * g x).
Proof. intros [p P] [q Q]. exists (times p q). intro x. now rewrite evaluate_times, P, Q. Qed.

Lemma a_polynomial_of_a_polynomial p f : polynomial f -> polynomial (fun x => evaluate p (f x)).
Proof.
  intro F. induction p as [|c p IH]; cbn; [apply a_constant_is_a_polynomial|].
  apply a_sum_of_polynomials; [apply a_constant_is_a_polynomial|].
  now apply (a_product_of_polynomials f).
Qed.

(** Division by (x - r). *)
Fixpoint quotient (r : R) (p : list R) : list R :=
  match p with [] => [] | _ :: p' => plus p' (scale r (quotient r p')) end.

Lemma evaluate_quotient r p x :
  evaluate p x - evaluate p r = (x - r) * evaluate (quotient r p) x.
Proof.
  induction p as [|c p IH]; cbn; [ring|].
  rewrite evaluate_plus, evaluate_scale.
  replace (c + x * evaluate p x - (c + r * evaluate p r))
    with ((x - r) * evaluate p x + r * (evaluate p x - evaluate p r)) by ring.
  rewrite IH. ring.
Qed.

Lemma length_of_plus p : forall q, length (plus p q) = Nat.max (length p) (length q).
Proof. induction p as [|c p IH]; intros [|d q]; cbn; auto. Qed.

Lemma length_of_quotient r p : length (quotient r p) = pred (length p).
Proof.
  induction p as [|c p IH]; cbn; [reflexivity|].
  rewrite length_of_plus. unfold scale. rewrite map_length, IH. lia.
Qed.

Lemma finitely_many_zeros n : forall p, (length p <= n)%nat -> (exists x, evaluate p x <> 0) ->
  exists zeros, (length zeros <= n)%nat /\ forall x, evaluate p x = 0 -> In x zeros.
Proof.
  induction n as [|n IH]; intros p L [x0 N].
  - destruct p; [contradiction N; reflexivity | cbn in L; lia].
  - destruct (classic (exists r, evaluate p r = 0)) as [[r Zr]|none].
    + destruct (IH (quotient r p)) as (zeros & short & all).
      * rewrite length_of_quotient. lia.
      * exists x0. intro Q. apply N. pose proof (evaluate_quotient r p x0) as E.
        rewrite Q, Zr, Rmult_0_r in E. lra.
      * exists (r :: zeros). split; [cbn; lia|]. intros x Zx.
        pose proof (evaluate_quotient r p x) as E. rewrite Zx, Zr in E.
        destruct (Rmult_integral (x - r) (evaluate (quotient r p) x)) as [H|H]; [lra | | ].
        -- left. lra.
        -- right. now apply all.
    + exists []. split; [cbn; lia|]. intros x Zx. apply none. now exists x.
Qed.

Theorem a_polynomial_that_is_not_zero_has_finitely_many_zeros f x0 :
  polynomial f -> f x0 <> 0 -> exists zeros, forall x, f x = 0 -> In x zeros.
Proof.
  intros [p P] N. destruct (finitely_many_zeros (length p) p) as (zeros & _ & all).
  - lia.
  - exists x0. now rewrite <- P.
  - exists zeros. intros x Zx. apply all. now rewrite <- P.
Qed.
