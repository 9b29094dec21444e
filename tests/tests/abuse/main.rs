//! What callers send who mean harm, and what they get for it: the answers that the README and the contract promise, from
//! real functions on an embedded stack.

#[cfg(test)]
mod amounts;
#[cfg(test)]
mod cursors;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod nesting;
#[cfg(test)]
mod numbers;
#[cfg(test)]
mod sizes;
#[cfg(test)]
mod slow;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod unicode;
