//! Every operation there is, asked by everybody (GRA-01, GRA-03) and about everybody's objects
//! (TEN-02, GRA-04).

mod callers;
mod malformed;
mod objects;
mod other_tenant;
mod samples;
mod secrets;
