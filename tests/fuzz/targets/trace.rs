//! The fuzzer of the headers of a trace.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::trace::check(data));
