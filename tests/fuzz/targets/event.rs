//! The fuzzer of API Gateway's events.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::event::check(data));
