//! Tests that the page shows the life of an order as it happens.

use std::path::Path;

use serde_json::json;

use crate::browser::{Browser, ENTER};
use crate::picture::Picture;
use crate::shop::{NAME, Shop};

/// A script that tells whether the trace has a row for a span whose name starts with `name`.
fn row(name: &str) -> String {
    format!(
        "[...document.querySelectorAll('#trace .name')].some(row => row.textContent.startsWith({}))",
        json!(name)
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_appears_with_its_events_its_views_and_its_trace() {
    let shop = Shop::open().await;
    let browser = Browser::open(shop.stack.console_url()).await;
    browser.until("document.querySelector('#connection').textContent === 'live'").await;
    // The variable is lost if the page is loaded again.
    browser.run("window.loaded = 'once'").await;

    shop.offer().await;
    let order = shop.order().await;
    browser.until(&format!("document.querySelector('#title').textContent === 'order-{order}'")).await;
    browser.until("document.querySelector('#events').textContent.includes('OrderCreated')").await;
    browser.until("document.querySelectorAll('#views .badge[data-state=good]').length >= 3").await;
    for name in [
        "command.create_order",
        "event_store.append_event",
        "⇢ projection.handle_event",
        "projection.order_created",
    ] {
        browser.until(&row(name)).await;
    }

    shop.confirm(&order).await;
    browser
        .until("document.querySelector('#events li[aria-current]').textContent.includes('OrderConfirmed')")
        .await;
    browser
        .until("[...document.querySelectorAll('#views .badge')].every(badge => badge.textContent === 'v2')")
        .await;
    browser.until(&row("command.confirm_order")).await;
    browser.until(&row("⇢ projection.handle_event")).await;
    picture(&browser, "light", 150..=255).await;
    picture(&browser, "dark", 0..=100).await;

    assert_eq!(browser.run("return window.loaded").await, json!("once"), "the page was loaded again");
    assert_eq!(browser.log_messages().await, Vec::<String>::new());
    browser.close().await;
    shop.stack.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_reaches_everything_and_names_are_never_markup() {
    let shop = Shop::open().await;
    shop.offer().await;
    let order = shop.order().await;
    let browser = Browser::open(shop.stack.console_url()).await;
    browser.until(&row("⇢ projection.handle_event")).await;

    browser.tab_to("#streams a").await;
    browser.press(ENTER).await;
    browser.until(&format!("location.hash === '#/order-{order}'")).await;
    browser.tab_to("#trace summary").await;
    browser.press(ENTER).await;
    browser
        .until("document.querySelector('#trace details[open] dl').textContent.includes('cqrs.operation')")
        .await;
    browser.tab_to("#events summary").await;
    browser.press(ENTER).await;
    browser.until("document.querySelector('#events details').open").await;

    // When the page is drawn again, open details stay open and the focus stays where it is.
    shop.confirm(&order).await;
    browser.until("document.querySelectorAll('#events li').length === 2").await;
    browser.until("document.querySelectorAll('#events details')[1].open").await;
    assert_eq!(browser.run("return document.activeElement.dataset.key").await, json!("event-1/summary"));

    browser.run("document.querySelector('#categories button:last-child').click(); location.hash = ''").await;
    browser.until("document.querySelector('#title').textContent.startsWith('product-')").await;
    let shown =
        format!("document.querySelector('#events').textContent.includes(JSON.stringify({}))", json!(NAME));
    browser.until(&shown).await;
    assert_eq!(browser.run("return window.owned ?? null").await, json!(null));
    assert_eq!(browser.run("return document.querySelectorAll('script, img').length").await, json!(1));
    assert_eq!(browser.log_messages().await, Vec::<String>::new());
    browser.close().await;
    shop.stack.shutdown().await;
}

/// Writes a screenshot to the target directory and checks that it is not blank and has the scheme's brightness.
async fn picture(browser: &Browser, scheme: &str, brightness: std::ops::RangeInclusive<u64>) {
    browser.prefer(scheme).await;
    browser.until(&format!("matchMedia('(prefers-color-scheme: {scheme})').matches")).await;
    let png = browser.screenshot().await;
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("../console-{scheme}.png")), &png)
        .expect("written");
    let picture = Picture::from_png(&png);
    assert!(picture.width >= 1200 && picture.height >= 1000, "{} × {}", picture.width, picture.height);
    assert!(picture.colours() > 100, "only {} colours", picture.colours());
    assert!(picture.monotony() < 90, "{} % of the pixels have the same colour", picture.monotony());
    assert!(brightness.contains(&picture.brightness()), "{scheme}: brightness {}", picture.brightness());
}
