(* init-symmetry prove --rocq: one step, shape 1-1-1, 1 examples, Tanh, SigmoidCrossEntropy, 37 nodes *)
From Coq Require Import List.
Import ListNotations.
From InitSymmetry Require Import Arithmetic FreeTerms Tie.

Definition n0 := Input 0 0.
Definition n1 := Label 0 0.
Definition n2 := Weight 1 0 0.
Definition n3 := Bias 1 0.
Definition n4 := Weight 2 0 0.
Definition n5 := Bias 2 0.
Definition n6 := Rate.
Definition n7 := Zero.
Definition n8 := Fma n2 n0 n7.
Definition n9 := Add n8 n3.
Definition n10 := TanhOf n9.
Definition n11 := Fma n4 n10 n7.
Definition n12 := Add n11 n5.
Definition n13 := SigmoidOf n12.
Definition n14 := OfNat 1.
Definition n15 := Sub n13 n1.
Definition n16 := Fma n15 n10 n7.
Definition n17 := Add n7 n15.
Definition n18 := Div n16 n14.
Definition n19 := Div n17 n14.
Definition n20 := Fma n4 n15 n7.
Definition n21 := One.
Definition n22 := Mul n10 n10.
Definition n23 := Sub n21 n22.
Definition n24 := Mul n20 n23.
Definition n25 := Fma n24 n0 n7.
Definition n26 := Add n7 n24.
Definition n27 := Div n25 n14.
Definition n28 := Div n26 n14.
Definition n29 := Mul n6 n27.
Definition n30 := Sub n2 n29.
Definition n31 := Mul n6 n28.
Definition n32 := Sub n3 n31.
Definition n33 := Mul n6 n18.
Definition n34 := Sub n4 n33.
Definition n35 := Mul n6 n19.
Definition n36 := Sub n5 n35.

Definition trace :=
  [([[n30]], [n32]);
   ([[n34]], [n36])].

Theorem trace_is_model_step : trace = symbolic_step [1; 1; 1] Tanh SigmoidCrossEntropy 1.
Proof. apply outcomes_without_differences_are_equal. vm_compute. reflexivity. Qed.
