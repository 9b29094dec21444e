//! Tests of mappings from a stream, through a scripted function, to checkpoints and the failure queue.

mod failures;
mod filters;
mod fixture;
mod order;
mod redriving;
mod resharding;
