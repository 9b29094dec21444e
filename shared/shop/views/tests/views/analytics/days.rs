//! Days and their ranges.

use es_core::Timestamp;
use views::{Day, DayRange, InvalidDay, InvalidDays};

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

#[test]
fn a_day_is_a_date_alone() {
    for text in ["1970-01-01", "2026-11-22", "2024-02-29", "9999-12-31"] {
        assert_eq!(day(text).to_string(), text);
    }
    for text in [
        "2026-02-29",
        "2026-13-01",
        "1969-12-31",
        "2026-11-22T00:00:00Z",
        "26-11-22",
        "2026-1-02",
        "",
        "soon",
    ] {
        assert_eq!(text.parse::<Day>(), Err(InvalidDay), "{text}");
    }
}

#[test]
fn a_time_is_in_its_day_of_utc() {
    for (time, of) in [
        ("2026-11-22T00:00:00Z", "2026-11-22"),
        ("2026-11-22T23:59:59.999999Z", "2026-11-22"),
        ("2026-11-22T23:30:00-01:00", "2026-11-23"),
    ] {
        let time: Timestamp = time.parse().unwrap();
        assert_eq!(Day::from(time), day(of));
    }
}

#[test]
fn a_range_has_both_its_ends_and_a_bound() {
    let range = |from, to| DayRange::new(day(from), day(to), 3);
    assert!(range("2024-02-28", "2024-03-01").is_ok());
    assert_eq!(range("2024-02-28", "2024-03-02"), Err(InvalidDays::TooMany { most: 3 }));
    assert_eq!(range("2024-03-02", "2024-03-01"), Err(InvalidDays::Reversed));
    assert!(range("2024-03-01", "2024-03-01").is_ok());
}
