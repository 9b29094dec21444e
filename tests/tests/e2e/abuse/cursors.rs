//! Tests cursors of other customers, cursors of other lists, and forged cursors.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use e2e::{ApiClient, get};

use crate::abuse::support::{MALFORMED, assert_blames, create_order, customer, ids, send, stranger};

/// A customer with two orders, and the cursor after the first order of the list at `path`.
async fn cursor_of(id: &str, path: &str) -> (ApiClient, String) {
    let customer = customer(id);
    create_order(&customer).await;
    create_order(&customer).await;
    let page = send(&customer, get(format!("{path}limit=1"))).await;
    let cursor = page.body["next_cursor"].as_str().expect("a cursor").to_owned();
    (customer, cursor)
}

const LIST: &str = "/queries/orders?";

#[tokio::test]
async fn another_customers_cursor_is_refused() {
    let (anna, cursor) = cursor_of(&stranger(), LIST).await;
    let (ben, _) = cursor_of(&stranger(), LIST).await;
    let refused = send(&ben, get(format!("{LIST}cursor={cursor}"))).await;
    assert_blames(&refused, MALFORMED, ("cursor", "cursor-malformed"));
    assert_eq!(ids(&send(&anna, get(format!("{LIST}cursor={cursor}"))).await.body).len(), 1);
}

#[tokio::test]
async fn a_cursor_is_valid_for_its_own_list_only() {
    let (customer, cursor) = cursor_of(&stranger(), LIST).await;
    let order = create_order(&customer).await;
    for path in [
        format!("/queries/orders?status=pending&cursor={cursor}"),
        format!("/queries/orders?from=2020-01-01T00:00:00Z&cursor={cursor}"),
        format!("/queries/orders/search?q=kettle&cursor={cursor}"),
        format!("/queries/orders/{order}/events?cursor={cursor}"),
        format!("/queries/products?cursor={cursor}"),
    ] {
        let refused = send(&customer, get(path)).await;
        assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (400, &"cursor".into()));
    }
}

#[tokio::test]
async fn a_forged_cursor_stays_within_the_callers_own_orders() {
    let (_, of_anna) = cursor_of(&stranger(), LIST).await;
    let (ben, of_ben) = cursor_of(&stranger(), LIST).await;
    let own: Vec<String> =
        ids(&send(&ben, get(LIST)).await.body).into_iter().map(ToOwned::to_owned).collect();
    let bytes = |cursor: &str| BASE64_URL_SAFE_NO_PAD.decode(cursor).expect("base64");
    let (anna, mut forged) = (bytes(&of_anna), bytes(&of_ben));
    // A cursor starts with a byte for its layout and the 8 bytes of the filter's digest. The position, a time and an
    // order id, follows.
    for place in [&anna[9..], &[0; 24], &[0x01; 24]] {
        forged[9..].copy_from_slice(place);
        let path = format!("{LIST}cursor={}", BASE64_URL_SAFE_NO_PAD.encode(&forged));
        let page = send(&ben, get(path)).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(ids(&page.body).iter().all(|id| own.iter().any(|own| own == id)), "{}", page.body);
    }
}

#[tokio::test]
async fn a_cursor_with_a_changed_character_is_refused_or_moves_within_the_list() {
    let (customer, cursor) = cursor_of(&stranger(), LIST).await;
    let list = send(&customer, get(LIST)).await.body;
    let own = ids(&list);
    for place in 0..cursor.len() {
        let changed = if cursor.as_bytes()[place] == b'A' { "B" } else { "A" };
        let mut text = cursor.clone();
        text.replace_range(place..=place, changed);
        let reply = send(&customer, get(format!("{LIST}cursor={text}"))).await;
        if reply.status == 200 {
            assert!(ids(&reply.body).iter().all(|id| own.contains(id)), "{}", reply.body);
        } else {
            // A text that is no cursor is a malformed parameter; a cursor of another list is a malformed cursor.
            let code = reply.body["errors"][0]["code"].as_str().unwrap_or_default();
            assert!(["parameter-malformed", "cursor-malformed"].contains(&code), "{}", reply.body);
            assert_blames(&reply, MALFORMED, ("cursor", code));
        }
    }
    for text in ["x", "%00", &"A".repeat(44), &"A".repeat(9_000)] {
        let reply = send(&customer, get(format!("{LIST}cursor={text}"))).await;
        assert_eq!(
            (reply.status, &reply.body["errors"][0]["field"]),
            (400, &"cursor".into()),
            "{}",
            reply.body
        );
    }
}
