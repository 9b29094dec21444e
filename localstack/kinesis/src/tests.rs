//! Tests of streams through the library and through the wire API.

mod backlog;
mod fixture;
mod resharding;
mod rules;
mod streams;
mod wire;
