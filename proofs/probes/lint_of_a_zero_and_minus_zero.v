(* Two units that differ in the sign of one zero, in place of the twins of the example. *)
(* expected: Error: Unable to unify "true" with "false". *)
From Coq Require Import List Arith Lia ZArith.
Import ListNotations.
From InitSymmetry Require Import Network Training Arithmetic Twins EqualStarts Integers LintSound.

Definition s := sizes [3; 4; 2].
Definition network := firstn 3 example_file ++ [Tensor [2] [0; 0]%Z].

Lemma the_file_is_layered : is_layered 2 s network.
Proof. split; [reflexivity|]. intros [|[|[|l]]] Hl; try lia; now split. Qed.

(** Gradient descent on any data, in any arithmetic that reads the bits. *)
Definition stay_twins (i k : nat) : Prop :=
  forall (T : Type) (o : ops T) g c rate (B : nat -> batch T) (read : Z -> T) t, twins s 1 i k
    (train (fun _ => ordinary o g c) (fun _ => gradient_descent o rate) 2 s B
      (started read (parameters_in network) (constant tt tt)) t).

Lemma stay_twins_if_lint_says_so i k :
  i < 4 -> k < 4 -> twins_in network (group_of_layer s 1) i k = true -> stay_twins i k.
Proof.
  intros Hi Hk twin T o g c rate B read t.
  apply what_lint_calls_twins_in_a_layer_stays_twins_forever with (f := network);
    try assumption; try lia.
  - exact the_file_is_layered.
  - intro. apply the_ordinary_kernel_is_uniform.
  - intro. apply one_rate_for_all_is_uniform.
  - now repeat split.
Qed.

Lemma with_the_hypothesis : stay_twins 0 2.
Proof. apply stay_twins_if_lint_says_so; [lia | lia | vm_compute; reflexivity]. Qed.

Theorem with_another : stay_twins 1 3.
Proof. apply stay_twins_if_lint_says_so; [lia | lia | vm_compute; reflexivity]. Qed.
