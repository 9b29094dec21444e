//! The HTTP API front over real sockets, with a function that is a closure.

#[cfg(test)]
mod api;
#[cfg(test)]
mod events;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod replies;
#[cfg(test)]
mod serving;
