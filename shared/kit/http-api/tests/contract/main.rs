//! The HTTP contract, through the crate's public door.

#[cfg(test)]
mod answering;
#[cfg(test)]
mod callers;
#[cfg(test)]
mod metadata;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod support;
#[cfg(test)]
mod telling;
