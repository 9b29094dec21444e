//! The fuzz target for events of old schemas.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::upcast::check(data));
