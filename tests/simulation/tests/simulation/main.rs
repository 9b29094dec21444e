//! What the simulation shows: nothing goes wrong in some hundreds of runs, every planted bug does, a seed is a run, and its
//! line says which.

mod generations;
mod mutations;
mod reproduction;
mod seeds;
