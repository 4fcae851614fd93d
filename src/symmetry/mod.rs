//! Twins: hidden units that are equal in everything, and what follows from that.
