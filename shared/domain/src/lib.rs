//! The order domain: pure, without clock, randomness or I/O.
