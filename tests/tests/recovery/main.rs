//! A generation of the query table is built under load, compared, cut over to and rolled back from, while commands and
//! queries go on. It runs an embedded stack of its own, which keeps its data from one set of parameters to the next.

#[cfg(test)]
mod generations;
