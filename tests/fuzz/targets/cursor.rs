//! The fuzzer of cursors, given out and forged.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::cursor::check(data));
