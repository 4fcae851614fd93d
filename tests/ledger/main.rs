//! The upper floors: the claims, the documents, the command, other people's programs.

mod bad_input;
mod claims;
mod command_faults;
mod command_prove;
mod command_report;
mod command_train;
mod command_verify;
mod documents;
mod external;
mod house;
mod lesson;
mod numpy;
mod report;
mod stability;
mod theorems;
mod tidy;
