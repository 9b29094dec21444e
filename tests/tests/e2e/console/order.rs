//! Tests that the page shows the life of an order as it happens.

use std::ops::RangeInclusive;
use std::path::Path;

use serde_json::json;

use crate::console::browser::{Browser, DOWN, END, ENTER, ESCAPE, UP};
use crate::console::picture::Picture;
use crate::console::shop::{MARKUP, Shop};

/// A script that tells whether the trace has a row for a span whose name starts with `name`.
fn row(name: &str) -> String {
    format!(
        "[...document.querySelectorAll('#trace .name')].some(row => row.textContent.startsWith({}))",
        json!(name)
    )
}

/// A script that tells whether an element's text is `text`.
fn says(selector: &str, text: &str) -> String {
    format!("document.querySelector({})?.textContent === {}", json!(selector), json!(text))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_appears_with_its_events_its_views_and_its_trace() {
    let shop = Shop::open().await;
    let browser = Browser::open(shop.stack.console_url()).await;
    browser.until("document.querySelector('#connection').textContent === 'live'").await;
    browser.until("document.querySelector('#first-command').textContent.includes('cargo local load')").await;
    // The variable is lost if the page is loaded again.
    browser.run("window.loaded = 'once'").await;

    let order = shop.fill().await;
    browser.until(&says("#stream-id", &format!("order-{order}"))).await;
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
    // The list shows names, states and amounts of orders and products.
    browser.until(&says("#title", "Pour-over kettle, Paper filters")).await;
    browser.until(&says("#state", "confirmed")).await;
    browser.until(&says("#amount", "€132.80")).await;
    let list = "document.querySelector('#streams').innerText";
    for text in ["Coffee scale, Hand grinder", "€263.00", "Hand grinder", "€89.00", "active", "confirmed"]
    {
        browser.until(&format!("{list}.includes({})", json!(text))).await;
    }
    picture(&browser, "light", 1000..=1300, 150..=255).await;
    browser.prefer("dark").await;
    picture(&browser, "dark", 1000..=1300, 0..=100).await;
    browser.prefer("light").await;
    browser.resize(400, 900).await;
    picture(&browser, "narrow", 400..=400, 150..=255).await;

    assert_eq!(browser.run("return window.loaded").await, json!("once"), "the page was loaded again");
    assert_eq!(browser.log_messages().await, Vec::<String>::new());
    browser.close().await;
    shop.stack.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_reaches_everything_and_names_are_never_markup() {
    let shop = Shop::open().await;
    shop.offer("kettle", MARKUP, 5990).await;
    let order = shop.order(&["kettle"]).await;
    let browser = Browser::open(shop.stack.console_url()).await;
    browser.until(&row("⇢ projection.handle_event")).await;

    // The list has one tab stop, and the arrow keys move in it.
    browser.tab_to("#streams a").await;
    let focused = "document.activeElement.dataset.key";
    browser.press(DOWN).await;
    browser.until(&format!("{focused}.startsWith('product-')")).await;
    browser.press(UP).await;
    browser.press(END).await;
    browser.until(&format!("{focused}.startsWith('product-')")).await;
    browser.press(ENTER).await;
    browser.until("document.querySelector('#stream-id').textContent.startsWith('product-')").await;
    browser.until(&says("#title", MARKUP)).await;
    browser.press(UP).await;
    browser.press(ENTER).await;
    browser.until(&format!("location.hash === '#/streams/order-{order}'")).await;
    browser.until(&row("⇢ projection.handle_event")).await;
    browser.tab_to("#trace summary").await;
    let outline = "return getComputedStyle(document.activeElement).outlineStyle";
    assert_eq!(browser.run(outline).await, json!("solid"), "the focus is visible");
    browser.press(ENTER).await;
    browser
        .until("document.querySelector('#trace details[open] dl').textContent.includes('cqrs.operation')")
        .await;
    browser.press(ESCAPE).await;
    browser.until(&format!("{focused} === 'order-{order}'")).await;
    browser.tab_to("#events summary").await;
    browser.press(ENTER).await;
    browser.until("!document.querySelector('#events details').open").await;

    // When the page is drawn again, parts stay open or closed, and the focus stays where it is.
    shop.confirm(&order).await;
    browser.until("document.querySelectorAll('#events li').length === 2").await;
    browser.until("!document.querySelectorAll('#events details')[1].open").await;
    assert_eq!(browser.run(&format!("return {focused}")).await, json!("event-1/summary"));

    assert_eq!(browser.run("return window.owned ?? null").await, json!(null));
    assert_eq!(browser.run("return document.querySelectorAll('script, img').length").await, json!(1));
    assert_eq!(browser.log_messages().await, Vec::<String>::new());
    browser.close().await;
    shop.stack.shutdown().await;
}

/// Writes a screenshot to the target directory. Checks that it is not blank and has the scheme's brightness, and that
/// the page does not scroll sideways.
async fn picture(browser: &Browser, name: &str, width: RangeInclusive<u32>, brightness: RangeInclusive<u64>) {
    assert_eq!(browser.run("return document.documentElement.scrollWidth > innerWidth").await, json!(false));
    let png = browser.screenshot().await;
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("../console-{name}.png")), &png)
        .expect("written");
    let picture = Picture::from_png(&png);
    assert!(
        width.contains(&picture.width) && picture.height >= 800,
        "{} × {}",
        picture.width,
        picture.height
    );
    assert!(picture.colours() > 100, "only {} colours", picture.colours());
    assert!(picture.monotony() < 90, "{} % of the pixels have the same colour", picture.monotony());
    assert!(brightness.contains(&picture.brightness()), "{name}: brightness {}", picture.brightness());
}
