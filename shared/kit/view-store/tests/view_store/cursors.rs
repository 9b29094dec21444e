//! The texts of cursors and page limits, and the texts that are refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use es_core::Timestamp;
use proptest::prelude::*;
use view_store::{Cursor, CursorError, CursorLayout, PageLimit, Position, filter_digest};

use crate::account::at;

#[test]
fn a_cursor_belongs_to_one_filter_and_needs_no_escapes_in_a_query_string() {
    let digest = filter_digest([Some("owner"), Some("ada"), None]);
    let position = Position { time: at(7), id: uuid::Uuid::from_u128(9) };
    let cursor = Cursor::new(position, digest);
    let text = cursor.to_string();
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
    assert_eq!(text.parse(), Ok(cursor));
    assert_eq!(cursor.position_in(digest), Ok(position));
    for other in [
        &[Some("owner"), Some("ada")][..],
        &[Some("ownerada"), None],
        &[Some("owner"), Some("ada"), Some("")],
    ] {
        let other = filter_digest(other.iter().copied());
        assert_eq!(cursor.position_in(other), Err(CursorError::OtherFilter));
    }
    assert_eq!(
        CursorLayout(2).decode(&text, 32),
        Err(CursorError::Malformed),
        "a cursor of another kind of list must be refused"
    );
    assert_eq!(Position::from_text(&position.to_string()), Some(position));
}

#[test]
fn a_text_that_is_not_a_cursor_is_refused() {
    let malformed = |text: &str| assert_eq!(text.parse::<Cursor>(), Err(CursorError::Malformed), "{text}");
    let bytes = |layout: u8, length: usize| {
        let mut bytes = vec![0; length];
        bytes[0] = layout;
        URL_SAFE_NO_PAD.encode(bytes)
    };
    assert!(bytes(1, 33).parse::<Cursor>().is_ok());
    malformed("");
    malformed("€");
    malformed(&"!".repeat(44));
    malformed(&"A".repeat(1 << 20));
    malformed(&bytes(2, 33));
    malformed(&bytes(1, 32));
    malformed(&bytes(1, 34));
    malformed(&URL_SAFE_NO_PAD.encode([&[1][..], &[0xff; 32]].concat()));
}

#[test]
fn the_content_of_a_cursor_has_at_most_the_given_number_of_bytes() {
    for (bytes, most) in (0..=9_u8).flat_map(|bytes| (0..=9).map(move |most| (bytes, most))) {
        let content: Vec<u8> = (0..bytes).collect();
        let decoded = CursorLayout(7).decode(&CursorLayout(7).encode(&content), most.into());
        let expected = if bytes <= most { Ok(content) } else { Err(CursorError::Malformed) };
        assert_eq!(decoded, expected, "{bytes} of {most} bytes");
    }
}

#[test]
fn the_position_just_above_is_the_next_newer_one() {
    let position = |time, id| Position { time, id: uuid::Uuid::from_u128(id) };
    assert_eq!(position(at(7), 9).just_above(), position(at(7), 10));
    assert_eq!(position(at(7), u128::MAX).just_above(), position(at(8), 0));
    let newest = position(Timestamp::MAX, u128::MAX);
    assert_eq!(newest.just_above(), newest, "no position is newer");
}

#[test]
fn a_page_limit_is_a_number_from_1_to_100() {
    assert_eq!("100".parse::<PageLimit>(), 100.try_into());
    let limits = |limit: PageLimit| (limit.get(), limit.bytes());
    assert_eq!(limits(PageLimit::default()), (20, 1_000_000));
    assert_eq!(limits(PageLimit::try_from(100).unwrap().with_bytes(7)), (100, 7));
    assert_eq!(PageLimit::try_from(1).unwrap().get(), 1);
    for text in ["0", "101", "-1", "257", "1e1", "", "ten"] {
        assert!(text.parse::<PageLimit>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn any_33_bytes_are_a_cursor_that_round_trips_or_are_refused(bytes in any::<[[u8; 11]; 3]>()) {
        let text = URL_SAFE_NO_PAD.encode(bytes.concat());
        if let Ok(cursor) = text.parse::<Cursor>() {
            prop_assert_eq!(cursor.to_string(), text);
        }
    }

    #[test]
    fn every_position_round_trips(
        micros in 0..=Timestamp::MAX.micros(),
        (digest, id) in any::<([u8; 8], [u8; 16])>(),
    ) {
        let bytes = [&[1][..], &digest, &micros.to_be_bytes(), &id].concat();
        let text = URL_SAFE_NO_PAD.encode(bytes);
        prop_assert_eq!(text.parse::<Cursor>().unwrap().to_string(), text);
    }

    #[test]
    fn no_text_makes_parsing_panic(text in any::<String>()) {
        prop_assert!(text.parse::<Cursor>().is_err() || text.len() == 44);
    }
}
