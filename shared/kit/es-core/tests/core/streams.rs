//! How the identity of a stream is written, and that it is written in one way only.

use es_core::StreamId;

const ACCOUNT: &str = "account-6f1c1d5e-1b7a-4f0e-9f5e-3d2b1a0c9e8f";

#[test]
fn a_stream_id_reads_as_it_is_written() {
    assert_eq!(ACCOUNT.parse::<StreamId>().expect("a stream").to_string(), ACCOUNT);
}

#[test]
fn any_other_way_to_write_it_is_none() {
    for text in [
        "account-6F1C1D5E-1B7A-4F0E-9F5E-3D2B1A0C9E8F",
        "account-6f1c1d5e1b7a4f0e9f5e3d2b1a0c9e8f",
        "account-{6f1c1d5e-1b7a-4f0e-9f5e-3d2b1a0c9e8f}",
        "account-urn:uuid:6f1c1d5e-1b7a-4f0e-9f5e-3d2b1a0c9e8f",
        "Account-6f1c1d5e-1b7a-4f0e-9f5e-3d2b1a0c9e8f",
        "-6f1c1d5e-1b7a-4f0e-9f5e-3d2b1a0c9e8f",
        "account",
    ] {
        assert!(text.parse::<StreamId>().is_err(), "{text}");
    }
}
