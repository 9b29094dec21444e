//! Streams through their library and wire doors.

mod fixture;
mod resharding;
mod streams;
mod wire;
