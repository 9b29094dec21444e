//! Vocabulary and ports of event sourcing, without any I/O.
