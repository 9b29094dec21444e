//! The fuzz target for events of the bus.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::reaction::check(data));
