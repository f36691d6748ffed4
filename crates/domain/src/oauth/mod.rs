//! The token endpoints: what a client-credentials request means and how it is decided.
