//! Tests of the page with the events on the event buses.

use std::path::Path;

use serde_json::json;

use crate::console::browser::{Browser, DOWN, END, ENTER, ESCAPE};
use crate::console::pages::has;
use crate::console::shop::{MARKUP, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn events_are_shown_with_their_deliveries() {
    let shop = Shop::with_rule().await;
    let browser = Browser::open(shop.stack.console_url()).await;
    browser.show("events").await;
    browser.until("!document.querySelector('#no-event').hidden").await;
    for number in 1..=9 {
        let detail_type = if number % 3 == 0 { "OrderConfirmed" } else { "OrderCreated" };
        shop.publish("console", detail_type, &format!("order-{number}")).await;
    }
    shop.publish("other", "ProductRenamed", MARKUP).await;
    let rows = |count: usize| format!("document.querySelectorAll('#published summary').length === {count}");
    browser.until(&rows(10)).await;
    browser.until(&has("#event-matching", "10 events")).await;
    browser.until(&has("#published summary", "ProductRenamed no rule")).await;
    browser.until(&has("#buses", "default 10 events")).await;
    assert_eq!(browser.run("return document.querySelector('#no-event').hidden").await, json!(true));

    // The list has one tab stop, and the arrow keys move in it. An open event stays open when others arrive.
    browser.tab_to("#published summary").await;
    browser.press(DOWN).await;
    browser.press(ENTER).await;
    let queue =
        shop.stack.template().queues.iter().find(|queue| queue.logical_id == "DeadLetterQueue").unwrap();
    browser
        .until(&has("#published details[open]", &format!("console → queue {} delivered", queue.name)))
        .await;
    browser.until(&has("#published details[open] pre", "\"subject\": \"order-9\"")).await;
    let png = browser.screenshot().await;
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("../console-events.png"), png)
        .expect("written");
    shop.publish("console", "OrderShipped", "order-9").await;
    browser.until(&rows(11)).await;
    let focused = "document.activeElement.closest('details')";
    browser.until(&format!("{focused}.open && {focused}.textContent.includes('order-9')")).await;
    browser.press(END).await;
    browser.until(&format!("{focused}.textContent.includes('order-1')")).await;

    browser.tab_to("#event-search").await;
    browser.write("shipped").await;
    browser.until(&rows(1)).await;
    browser.until(&has("#event-matching", "1 event")).await;
    browser.write(" of gold").await;
    browser.until(&has("#event-matching", "No event matches")).await;
    browser.press(ESCAPE).await;
    browser.until(&rows(11)).await;
    for (field, value, count) in
        [("type", "OrderConfirmed", 3), ("type", "", 11), ("state", "no rule", 1), ("bus", "default", 1)]
    {
        let field = format!("document.querySelector('#event-{field}')");
        let event = "dispatchEvent(new Event('input', {bubbles: true}))";
        browser.run(&format!("{field}.value = {}; {field}.{event}", json!(value))).await;
        browser.until(&rows(count)).await;
    }

    browser.show("map").await;
    browser.until(&has("[data-part='bus/default']", "11 events")).await;
    browser.until(&has("[data-part='rule/default/console']", "10 delivered")).await;
    let edge = |from: &str, to: &str| {
        format!("document.querySelector('#map path[data-from={}][data-to={}]')", json!(from), json!(to))
    };
    browser.until(&edge("bus/default", "rule/default/console")).await;
    browser.until(&edge("rule/default/console", &format!("queue/{}", queue.name))).await;
    assert_eq!(browser.run("return document.querySelectorAll('script, img').length").await, json!(1));
    assert_eq!(browser.log_messages().await, Vec::<String>::new());
    browser.close().await;
    shop.stack.shutdown().await;
}

/// A narrow screen, such as that of a phone.
#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_screen_shows_events_without_scrolling_sideways() {
    let shop = Shop::with_rule().await;
    let browser = Browser::open(shop.stack.console_url()).await;
    browser.resize(400, 900).await;
    browser.prefer("dark").await;
    browser.show("events").await;
    shop.publish("console", "OrderCreated", &"long-subject".repeat(10)).await;
    browser.until("document.querySelectorAll('#published summary').length === 1").await;
    browser.run("document.querySelector('#published details').open = true").await;
    let is_wide = "return document.documentElement.scrollWidth > innerWidth";
    assert_eq!(browser.run(is_wide).await, json!(false));
    assert_eq!(browser.log_messages().await, Vec::<String>::new());
    browser.close().await;
    shop.stack.shutdown().await;
}
