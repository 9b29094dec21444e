//! No span is lost: thousands of invocations, each followed by a freeze, and every span of each of them arrives.

#[cfg(test)]
mod invocations;
#[cfg(test)]
mod received;
