(** The integers as an arithmetic, for counterexamples that anyone can check by hand.  Division
    is exact wherever it is used.  There is no exponential here, so only the identity and ReLU
    and the squared error may be used; the other functions are set to zero. *)

From Coq Require Import ZArith.
From InitSymmetry Require Import Network Training Arithmetic.
Local Open Scope Z_scope.

Definition integers : ops Z :=
  Ops 0 1 Z.add Z.sub Z.mul (fun x y z => x * y + z) Z.div Z.opp Z.of_nat
    (fun _ => 0) (fun _ => 0) (fun _ => 0) (Z.max 0) (fun z => if 0 <? z then 1 else 0)
    (fun _ _ => 0).

(** Two inputs' worth of notation: a table with one row per unit. *)
Definition table {T} (d : T) (rows : list (list T)) (i k : nat) : T :=
  List.nth k (List.nth i rows nil) d.

(** A shallow network from W1, b1, W2, b2. *)
Definition shallow {T} (d : T) W1 b1 W2 b2 : parameters T :=
  Parameters (fun l => match l with 1%nat => table d W1 | _ => table d W2 end)
             (fun l i => List.nth i (match l with 1%nat => b1 | _ => b2 end) d).

Definition sizes (ns : list nat) (l : nat) : nat := List.nth l ns 0%nat.
