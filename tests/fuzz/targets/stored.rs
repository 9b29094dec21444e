//! The fuzz target for stored events and snapshots.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::stored::check(data));
