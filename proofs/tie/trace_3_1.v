(* init-symmetry prove --rocq: one step, shape 3-1, 3 examples, Identity, IdentitySquaredError, 58 nodes *)
From Coq Require Import List.
Import ListNotations.
From InitSymmetry Require Import Arithmetic FreeTerms Tie.

Definition n0 := Input 0 0.
Definition n1 := Input 0 1.
Definition n2 := Input 0 2.
Definition n3 := Input 1 0.
Definition n4 := Input 1 1.
Definition n5 := Input 1 2.
Definition n6 := Input 2 0.
Definition n7 := Input 2 1.
Definition n8 := Input 2 2.
Definition n9 := Label 0 0.
Definition n10 := Label 0 1.
Definition n11 := Label 0 2.
Definition n12 := Weight 1 0 0.
Definition n13 := Weight 1 0 1.
Definition n14 := Weight 1 0 2.
Definition n15 := Bias 1 0.
Definition n16 := Rate.
Definition n17 := Zero.
Definition n18 := Fma n12 n0 n17.
Definition n19 := Fma n13 n3 n18.
Definition n20 := Fma n14 n6 n19.
Definition n21 := Fma n12 n1 n17.
Definition n22 := Fma n13 n4 n21.
Definition n23 := Fma n14 n7 n22.
Definition n24 := Fma n12 n2 n17.
Definition n25 := Fma n13 n5 n24.
Definition n26 := Fma n14 n8 n25.
Definition n27 := Add n20 n15.
Definition n28 := Add n23 n15.
Definition n29 := Add n26 n15.
Definition n30 := OfNat 3.
Definition n31 := Sub n27 n9.
Definition n32 := Sub n28 n10.
Definition n33 := Sub n29 n11.
Definition n34 := Fma n31 n0 n17.
Definition n35 := Fma n32 n1 n34.
Definition n36 := Fma n33 n2 n35.
Definition n37 := Fma n31 n3 n17.
Definition n38 := Fma n32 n4 n37.
Definition n39 := Fma n33 n5 n38.
Definition n40 := Fma n31 n6 n17.
Definition n41 := Fma n32 n7 n40.
Definition n42 := Fma n33 n8 n41.
Definition n43 := Add n17 n31.
Definition n44 := Add n43 n32.
Definition n45 := Add n44 n33.
Definition n46 := Div n36 n30.
Definition n47 := Div n39 n30.
Definition n48 := Div n42 n30.
Definition n49 := Div n45 n30.
Definition n50 := Mul n16 n46.
Definition n51 := Sub n12 n50.
Definition n52 := Mul n16 n47.
Definition n53 := Sub n13 n52.
Definition n54 := Mul n16 n48.
Definition n55 := Sub n14 n54.
Definition n56 := Mul n16 n49.
Definition n57 := Sub n15 n56.

Definition trace :=
  [([[n51; n53; n55]], [n57])].

Theorem trace_is_model_step : trace = symbolic_step [3; 1] Identity IdentitySquaredError 3.
Proof. apply outcomes_without_differences_are_equal. vm_compute. reflexivity. Qed.
