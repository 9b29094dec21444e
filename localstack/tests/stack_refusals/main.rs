//! What keeps a stack from starting.

#[cfg(test)]
mod lines;
