//! Tests of mappings from a stream, through a scripted function, to checkpoints and the failure queue.

mod failures;
mod filters;
mod fixture;
mod order;
mod queues;
mod redriving;
mod resharding;
mod running;
mod tables;
