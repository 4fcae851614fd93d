//! The whole: the claims, the proofs, the documents, the command, other people's programs.

mod absurd;
mod bad_input;
mod circles;
mod claims;
mod claims_by_name;
mod command_faults;
mod command_prove;
mod command_report;
mod command_train;
mod command_verify;
mod conclusions;
mod dataset;
mod documents;
mod environment;
mod external;
mod figures;
mod lesson;
mod numpy;
mod programs;
mod proof;
mod report;
mod stability;
mod theorems;
mod tidy;
