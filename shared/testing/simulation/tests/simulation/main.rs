//! What the simulation shows: nothing goes wrong in some hundreds of runs, every planted bug does, and a seed is a run.

mod mutations;
mod reproduction;
mod seeds;
