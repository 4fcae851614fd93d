(* init-symmetry prove --rocq: one step, shape 1-1-1, 1 examples, Tanh, SigmoidCrossEntropy, 42 nodes *)
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
Definition n8 := Mul n2 n0.
Definition n9 := Add n7 n8.
Definition n10 := Add n9 n3.
Definition n11 := TanhOf n10.
Definition n12 := Mul n4 n11.
Definition n13 := Add n7 n12.
Definition n14 := Add n13 n5.
Definition n15 := SigmoidOf n14.
Definition n16 := OfNat 1.
Definition n17 := Sub n15 n1.
Definition n18 := Mul n17 n11.
Definition n19 := Add n7 n18.
Definition n20 := Add n7 n17.
Definition n21 := Div n19 n16.
Definition n22 := Div n20 n16.
Definition n23 := Mul n4 n17.
Definition n24 := Add n7 n23.
Definition n25 := One.
Definition n26 := Mul n11 n11.
Definition n27 := Sub n25 n26.
Definition n28 := Mul n24 n27.
Definition n29 := Mul n28 n0.
Definition n30 := Add n7 n29.
Definition n31 := Add n7 n28.
Definition n32 := Div n30 n16.
Definition n33 := Div n31 n16.
Definition n34 := Mul n6 n32.
Definition n35 := Sub n2 n34.
Definition n36 := Mul n6 n33.
Definition n37 := Sub n3 n36.
Definition n38 := Mul n6 n21.
Definition n39 := Sub n4 n38.
Definition n40 := Mul n6 n22.
Definition n41 := Sub n5 n40.

Definition trace :=
  [([[n35]], [n37]);
   ([[n39]], [n41])].

Theorem trace_is_model_step : trace = symbolic_step [1; 1; 1] Tanh SigmoidCrossEntropy 1.
Proof. apply outcomes_without_differences_are_equal. vm_compute. reflexivity. Qed.
