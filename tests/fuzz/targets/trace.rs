//! The fuzz target for trace headers.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::trace::check(data));
