//! Mappings from a stream, through a function that does as told, to checkpoints and the failure queue.

mod failures;
mod fixture;
mod order;
mod resharding;
