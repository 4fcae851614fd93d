(* init-symmetry prove --rocq: one step, shape 3-1, 3 examples, Identity, IdentitySquaredError, 76 nodes *)
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
Definition n9 := Weight 1 0 0.
Definition n10 := Weight 1 0 1.
Definition n11 := Weight 1 0 2.
Definition n12 := Zero.
Definition n13 := Mul n9 n0.
Definition n14 := Add n12 n13.
Definition n15 := Mul n10 n3.
Definition n16 := Add n14 n15.
Definition n17 := Mul n11 n6.
Definition n18 := Add n16 n17.
Definition n19 := Bias 1 0.
Definition n20 := Add n18 n19.
Definition n21 := Mul n9 n1.
Definition n22 := Add n12 n21.
Definition n23 := Mul n10 n4.
Definition n24 := Add n22 n23.
Definition n25 := Mul n11 n7.
Definition n26 := Add n24 n25.
Definition n27 := Add n26 n19.
Definition n28 := Mul n9 n2.
Definition n29 := Add n12 n28.
Definition n30 := Mul n10 n5.
Definition n31 := Add n29 n30.
Definition n32 := Mul n11 n8.
Definition n33 := Add n31 n32.
Definition n34 := Add n33 n19.
Definition n35 := Label 0 0.
Definition n36 := Sub n20 n35.
Definition n37 := Label 0 1.
Definition n38 := Sub n27 n37.
Definition n39 := Label 0 2.
Definition n40 := Sub n34 n39.
Definition n41 := OfNat 3.
Definition n42 := Rate.
Definition n43 := Mul n36 n0.
Definition n44 := Add n12 n43.
Definition n45 := Mul n38 n1.
Definition n46 := Add n44 n45.
Definition n47 := Mul n40 n2.
Definition n48 := Add n46 n47.
Definition n49 := Div n48 n41.
Definition n50 := Mul n42 n49.
Definition n51 := Sub n9 n50.
Definition n52 := Mul n36 n3.
Definition n53 := Add n12 n52.
Definition n54 := Mul n38 n4.
Definition n55 := Add n53 n54.
Definition n56 := Mul n40 n5.
Definition n57 := Add n55 n56.
Definition n58 := Div n57 n41.
Definition n59 := Mul n42 n58.
Definition n60 := Sub n10 n59.
Definition n61 := Mul n36 n6.
Definition n62 := Add n12 n61.
Definition n63 := Mul n38 n7.
Definition n64 := Add n62 n63.
Definition n65 := Mul n40 n8.
Definition n66 := Add n64 n65.
Definition n67 := Div n66 n41.
Definition n68 := Mul n42 n67.
Definition n69 := Sub n11 n68.
Definition n70 := Add n12 n36.
Definition n71 := Add n70 n38.
Definition n72 := Add n71 n40.
Definition n73 := Div n72 n41.
Definition n74 := Mul n42 n73.
Definition n75 := Sub n19 n74.

Definition trace :=
  [([[n51; n60; n69]], [n75])].

Theorem trace_is_model_step : trace = symbolic_step [3; 1] Identity IdentitySquaredError 3.
Proof. apply outcomes_without_differences_are_equal. vm_compute. reflexivity. Qed.
