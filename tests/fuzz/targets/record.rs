//! The fuzz target for records of the event stream.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::record::check(data));
