//! Test doubles and specifications; never deployed.
