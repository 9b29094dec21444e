//! The fuzzer of events in the shapes of the past.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::upcast::check(data));
