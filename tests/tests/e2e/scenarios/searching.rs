//! Tests the search by words, prefixes and all other conditions, in pages.

use e2e::get;

use crate::scenarios::support::{Shop, assert_blames, ids, shop, until};

/// Searches until the result is exactly `orders`.
async fn finds(shop: &Shop, query: &str, orders: &[&str]) {
    let path = format!("/queries/orders/search?{query}");
    until(shop, &path, |page| ids(page["items"].as_array().expect("items")) == orders).await;
}

/// The last part of the customer's id, which is a word of no other customer's order.
fn own_word(shop: &Shop) -> &str {
    shop.user.rsplit('-').next().expect("a part")
}

#[tokio::test]
async fn an_order_is_found_by_words_and_prefixes() {
    let shop = shop();
    let (own, user) = (own_word(&shop), format!("user_id={}", shop.user));
    let first = shop.created().await;
    let second = shop.created().await;
    let both = [second.as_str(), first.as_str()];
    finds(&shop, &format!("q={own}"), &both).await;
    finds(&shop, &format!("q={own}+KETT+espresso"), &both).await;
    finds(&shop, &format!("q=pour+pieces&{user}"), &both).await;
    finds(&shop, &format!("q={own}+teapot"), &[]).await;
    finds(&shop, &format!("q=our&{user}"), &[]).await;
}

#[tokio::test]
async fn a_shipped_order_is_found_by_parcel_and_status() {
    let shop = shop();
    let own = own_word(&shop);
    let order = shop.created().await;
    let other = shop.created().await;
    shop.confirm(&order).await;
    shop.ship(&order).await;
    finds(&shop, &format!("q=jjd000390007827346012+{own}"), &[&order]).await;
    finds(&shop, &format!("q=dhl&user_id={}", shop.user), &[&order]).await;
    finds(&shop, &format!("q={own}&status=shipped"), &[&order]).await;
    finds(&shop, &format!("q={own}&status=pending"), &[&other]).await;
    finds(&shop, &format!("q=shipped+kettle+{own}"), &[&order]).await;
    finds(&shop, &format!("q=pend&user_id={}", shop.user), &[&other]).await;
}

#[tokio::test]
async fn a_search_filters_by_total_and_time_and_has_pages() {
    let shop = shop();
    let own = own_word(&shop);
    let mut orders = Vec::new();
    for _ in 0..3 {
        orders.push(shop.created().await);
    }
    let newest_first = [orders[2].as_str(), orders[1].as_str(), orders[0].as_str()];
    finds(&shop, &format!("q={own}&currency=EUR&min_total=10237&max_total=10237"), &newest_first).await;
    finds(&shop, &format!("q={own}&currency=EUR&min_total=10238"), &[]).await;
    let reply = shop.send(get(format!("/queries/orders/search?q={own}&min_total=10238"))).await;
    assert_blames(&reply, 400, "malformed-request", "currency");
    finds(&shop, &format!("q={}&user_id={}", &own[..1], shop.user), &newest_first).await;
    let middle = shop.view(&orders[1], 1).await.body;
    let from = middle["created_at"].as_str().expect("a time");
    finds(&shop, &format!("q={own}&from={from}"), &newest_first[..2]).await;

    let found = shop.pages(&format!("/queries/orders/search?q={own}&"), 1).await;
    assert_eq!(ids(&found), newest_first);
}

#[tokio::test]
async fn a_search_without_a_word_is_refused() {
    let shop = shop();
    for query in ["", "status=shipped", "q=%21"] {
        let reply = shop.send(get(format!("/queries/orders/search?{query}"))).await;
        assert_blames(&reply, 400, "malformed-request", "q");
    }
}
