//! Tests days, ranges of days, and the results and costs of the queries.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use es_core::Timestamp;
use testing::dynamodb::Fault;
use view_store::{CursorError, ListError, ReadError};
use views::{AnalyticsCursor, Day, DayRange, InvalidDay, InvalidDays};

use super::fixture::{AnalyticsFixture, days, in_status, opened};

#[tokio::test]
async fn days_outside_the_range_are_left_out() {
    let fixture = AnalyticsFixture::new().await;
    for day in 1..=5 {
        let order = u128::try_from(day).unwrap();
        fixture.apply(order, &opened(day, "EUR", &[("tea", 1, day)]), 0, 1).await;
    }
    let totals = fixture.analytics.daily(days(2, 4), None).await.unwrap().totals;
    let found: Vec<_> = totals.iter().map(|total| (total.day.to_string(), total.revenue_cents)).collect();
    assert_eq!(found, [("1970-01-02".into(), 2), ("1970-01-03".into(), 3), ("1970-01-04".into(), 4)]);
    let products =
        fixture.analytics.products(days(2, 4), 5.try_into().unwrap(), None).await.unwrap().currencies;
    assert_eq!((products[0].products[0].quantity, products[0].products[0].revenue_cents), (3, 9));
}

#[tokio::test]
async fn top_products_are_sorted_by_revenue_and_then_by_id() {
    let fixture = AnalyticsFixture::new().await;
    fixture.apply(1, &opened(1, "EUR", &[("a", 1, 5), ("b", 1, 9), ("c", 1, 9), ("d", 9, 0)]), 0, 1).await;
    fixture.apply(2, &opened(1, "JPY", &[("a", 1, 900), ("b", 1, 1)]), 0, 1).await;
    fixture.apply(3, &opened(2, "EUR", &[("a", 1, 5)]), 0, 1).await;
    assert_eq!(
        fixture.products(3).await,
        ["EUR a 2 10", "EUR b 1 9", "EUR c 1 9", "JPY a 1 900", "JPY b 1 1"]
    );
}

#[tokio::test]
async fn daily_costs_one_query_and_products_one_for_each_day() {
    let fixture = AnalyticsFixture::new().await;
    for order in 0..20 {
        fixture.apply(order, &opened(1, "EUR", &[("tea", 1, 5), ("pot", 1, 9)]), 0, 1).await;
        fixture.apply(order, &in_status("confirmed"), 1, 2).await;
    }
    fixture.requests();
    let day = days(1, 1);
    assert_eq!(fixture.analytics.daily(day, None).await.unwrap().totals[0].orders, 20);
    fixture.assert_read(&["Query"], 0.5);
    fixture.analytics.products(day, 2.try_into().unwrap(), None).await.unwrap();
    fixture.assert_read(&["Query"], 0.5);
    fixture.products(1).await;
    assert_eq!(fixture.requests(), ["Query"; 7]);
}

#[tokio::test]
async fn one_failed_day_fails_the_query() {
    let fixture = AnalyticsFixture::new().await;
    fixture.db.faults().script([Fault::None, Fault::Throttled]);
    let failed = fixture.analytics.products(days(1, 7), 2.try_into().unwrap(), None).await;
    assert!(matches!(failed, Err(ListError::Read(ReadError::Throttled(_)))));
}

/// Seventeen orders of the largest stored total. Some shard has at least three of them, so its part of the sum has more
/// than 64 bits, and so has the sum.
#[tokio::test]
async fn sums_may_have_more_than_64_bits() {
    let fixture = AnalyticsFixture::new().await;
    for order in 1..=17 {
        fixture.apply(order, &opened(1, "EUR", &[("tea", 1, i64::MAX)]), 0, 1).await;
    }
    fixture.apply(18, &opened(2, "EUR", &[("tea", 1, 5)]), 0, 1).await;
    let sum = 17 * i128::from(i64::MAX);
    let daily = [format!("1970-01-01 pending EUR 17 {sum}"), "1970-01-02 pending EUR 1 5".to_owned()];
    assert_eq!(fixture.daily().await, daily);
    assert_eq!(fixture.products(3).await, [format!("EUR tea 18 {}", sum + 5)]);
    let totals = fixture.analytics.daily(days(1, 1), None).await.unwrap().totals;
    let json = serde_json::to_string(&totals).unwrap();
    assert!(json.contains(&format!("\"revenue_cents\":{sum}")), "{json}");
}

#[tokio::test]
async fn a_cursor_is_valid_for_its_own_query_only() {
    let fixture = AnalyticsFixture::new().await;
    for (order, currency) in (1..).zip(["EUR", "JPY"]) {
        fixture.apply(order, &opened(1, currency, &[("tea", 1, 5)]), 0, 1).await;
    }
    let analytics = fixture.analytics.clone().with_page_bytes(1);
    let (three, four) = (3.try_into().unwrap(), 4.try_into().unwrap());
    let daily = analytics.daily(days(1, 2), None).await.unwrap().next.unwrap();
    let products = analytics.products(days(1, 2), three, None).await.unwrap().next.unwrap();
    let other = |error: ListError| matches!(error, ListError::Cursor(CursorError::OtherFilter));
    assert!(other(analytics.daily(days(1, 3), Some(&daily)).await.unwrap_err()));
    assert!(other(analytics.daily(days(1, 2), Some(&products)).await.unwrap_err()));
    assert!(other(analytics.products(days(1, 2), three, Some(&daily)).await.unwrap_err()));
    assert!(other(analytics.products(days(1, 2), four, Some(&products)).await.unwrap_err()));
    assert!(other(analytics.products(days(2, 2), three, Some(&products)).await.unwrap_err()));
    for text in ["", "AQ", "BA", "BAAAAAAAAAAA", &"A".repeat(200)] {
        assert_eq!(text.parse::<AnalyticsCursor>(), Err(CursorError::Malformed), "{text}");
    }
}

/// A cursor of the same query as `cursor` with the last entry `entry`.
fn forged(cursor: &AnalyticsCursor, entry: &str) -> Result<AnalyticsCursor, CursorError> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor.to_string()).unwrap();
    // A cursor has one byte for its kind and eight bytes for the digest of its query.
    URL_SAFE_NO_PAD.encode([&bytes[..9], entry.as_bytes()].concat()).parse()
}

#[tokio::test]
async fn a_forged_cursor_stays_within_its_query() {
    let fixture = AnalyticsFixture::new().await;
    for (order, (day, currency)) in (1..).zip([(1, "EUR"), (2, "EUR"), (2, "JPY"), (3, "EUR")]) {
        fixture.apply(order, &opened(day, currency, &[("tea", 1, 5)]), 0, 1).await;
    }
    let (days, three) = (days(2, 2), 3.try_into().unwrap());
    let analytics = fixture.analytics.clone().with_page_bytes(1);
    let daily = analytics.daily(days, None).await.unwrap().next.unwrap();
    let products = analytics.products(days, three, None).await.unwrap().next.unwrap();
    fixture.requests();
    for (entry, found, requests) in [
        ("1970-01-01", vec!["EUR", "JPY"], 1),
        ("1970-01-02#pending#EUR", vec!["JPY"], 1),
        ("1970-01-02#~", vec![], 1),
        ("1970-01-03", vec![], 0),
    ] {
        let page = fixture.analytics.daily(days, Some(&forged(&daily, entry).unwrap())).await.unwrap();
        let currencies: Vec<_> = page.totals.iter().map(|total| total.currency.as_str()).collect();
        assert_eq!((currencies, page.next), (found, None), "{entry}");
        assert_eq!(fixture.requests(), vec!["Query"; requests], "{entry}");
    }
    for (entry, found, requests) in [("EUR", vec!["JPY"], 1), ("JPY", vec![], 1), ("~", vec![], 0)] {
        let cursor = forged(&products, entry).unwrap();
        let page = fixture.analytics.products(days, three, Some(&cursor)).await.unwrap();
        let currencies: Vec<_> = page.currencies.iter().map(|found| found.currency.as_str()).collect();
        assert_eq!((currencies, page.next), (found, None), "{entry}");
        assert_eq!(fixture.requests(), vec!["Query"; requests], "{entry}");
    }
    for (length, is_valid) in [(0, false), (1, true), (64, true), (65, false)] {
        let cursor = forged(&daily, &"d".repeat(length));
        assert_eq!(cursor.is_ok(), is_valid, "{length} bytes");
    }
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

#[test]
fn a_day_is_a_date_without_a_time() {
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
fn a_time_belongs_to_its_utc_day() {
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
fn a_range_includes_both_ends_and_is_limited() {
    let range = |from, to| DayRange::new(day(from), day(to), 3);
    assert!(range("2024-02-28", "2024-03-01").is_ok());
    assert_eq!(range("2024-02-28", "2024-03-02"), Err(InvalidDays::TooMany { most: 3 }));
    assert_eq!(range("2024-03-02", "2024-03-01"), Err(InvalidDays::Reversed));
    assert!(range("2024-03-01", "2024-03-01").is_ok());
}
