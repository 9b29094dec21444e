//! Tests ids that look alike. Ids are compared byte for byte without normalization.

use e2e::{get, post, put, until_fresh};
use serde_json::json;

use crate::abuse::support::{
    INVALID, MALFORMED, assert_blames, create_order, customer, operator, send, stranger,
};

#[tokio::test]
async fn an_order_has_one_address() {
    let customer = customer(&stranger());
    let id = create_order(&customer).await;
    let fullwidth = id.replacen(|digit: char| digit.is_ascii_digit(), "%EF%BC%91", 1);
    let others = [
        format!("{id}%00"),
        format!("%E2%80%8F{id}"),
        format!("{id}%E2%80%8B"),
        format!("{id}%20"),
        format!("%7B{id}%7D"),
        format!("urn:uuid:{id}"),
        id.replace('-', ""),
        id.replacen('-', "%E2%80%90", 1),
        fullwidth,
        "%C0%AF".to_owned(),
        "%FF".to_owned(),
        "%252e%252e".to_owned(),
    ];
    for other in others {
        let read = send(&customer, get(format!("/queries/orders/{other}"))).await;
        assert_eq!((read.status, read.problem()), (404, "not-found"), "{other}");
        let written = send(&customer, post(format!("/commands/orders/{other}/cancel"))).await;
        assert_eq!((written.status, written.problem()), (404, "not-found"), "{other}");
    }
    let view = send(&customer, get(format!("/queries/orders/{id}"))).await;
    assert_eq!(view.body["status"], "pending", "a command to another address has changed the order");
}

#[tokio::test]
async fn ids_with_invisible_characters_are_refused() {
    let offer = json!({"name": "Kettle", "unit_price_cents": 5990});
    let unseen = [
        "%00",
        "a%0D%0Ab",
        "%E2%80%AEelttek",
        "kettle%E2%80%8F",
        "ket%E2%80%8Btle",
        "%EF%BB%BFkettle",
        "%FF",
        "%C0%AF",
    ];
    for id in unseen {
        let reply = send(&operator(), put(format!("/commands/products/{id}")).json(&offer)).await;
        assert_blames(&reply, INVALID, ("product_id", "text-unclean"));
    }
    for user in ["user\u{0}", "\u{202e}resu", "user\u{200f}", "us\u{200b}er", "user\u{2028}", " user"] {
        let items = json!([{"product_id": "kettle", "quantity": 1}]);
        let call = post("/commands/orders").json(&json!({"user_id": user, "items": items}));
        assert_blames(&send(&operator(), call).await, INVALID, ("user_id", "text-unclean"));
        let call = get(format!("/queries/orders?user_id={}", escaped(user)));
        assert_blames(&send(&operator(), call).await, MALFORMED, ("user_id", "parameter-malformed"));
    }
}

#[tokio::test]
async fn ids_that_a_client_removes_from_a_path_are_refused() {
    let offer = json!({"name": "Kettle", "unit_price_cents": 5990});
    for id in ["%252e", ".%252E"] {
        let reply = send(&operator(), put(format!("/commands/products/{id}")).json(&offer)).await;
        assert_blames(&reply, INVALID, ("product_id", "text-dot-segment"));
        assert_eq!(send(&operator(), get(format!("/queries/products/{id}"))).await.status, 404, "{id}");
    }
}

/// `OpenID` Connect limits a subject to 255 bytes.
#[tokio::test]
async fn a_caller_with_the_longest_subject_creates_and_lists_orders() {
    let id = format!("{}-{}", stranger(), "u".repeat(255))[..255].to_owned();
    let customer = customer(&id);
    let order = create_order(&customer).await;
    let listed = send(&customer, get(format!("/queries/orders?user_id={id}"))).await;
    assert_eq!(listed.status, 200, "{}", listed.body);
    let read = get(format!("/queries/orders/{order}?min_version=1")).header("prefer", "wait=10");
    let read = until_fresh(read, async |call| send(&operator(), call).await).await;
    assert_eq!(read.body["user_id"], json!(id));
    let longer = send(&operator(), get(format!("/queries/orders?user_id={id}u"))).await;
    assert_blames(&longer, MALFORMED, ("user_id", "parameter-malformed"));
}

#[tokio::test]
async fn ids_that_look_alike_are_different() {
    let suffix = stranger();
    let (latin, cyrillic) = (format!("kettle-{suffix}"), format!("\u{43a}ettle-{suffix}"));
    let (composed, decomposed) = (format!("caf\u{e9}-{suffix}"), format!("cafe\u{301}-{suffix}"));
    let customer = customer(&stranger());
    for (offered, other) in [(&latin, &cyrillic), (&composed, &decomposed)] {
        let offer = json!({"name": "Kettle", "unit_price_cents": 5990});
        let path = format!("/commands/products/{}", escaped(offered));
        assert_eq!(send(&operator(), put(path).json(&offer)).await.status, 201);
        let of = |product: &str| json!({"items": [{"product_id": product, "quantity": 1}]});
        assert_eq!(send(&customer, post("/commands/orders").json(&of(offered))).await.status, 201);
        let refused = send(&customer, post("/commands/orders").json(&of(other))).await;
        assert_blames(&refused, INVALID, ("items[0].product_id", "product-unknown"));
    }
}

#[tokio::test]
async fn customers_whose_ids_look_alike_are_different() {
    let id = stranger();
    let order = create_order(&customer(&id)).await;
    for twin in [
        id.replace("user", "us\u{435}r"),
        id.replace("user", "USER"),
        format!("{id}\u{200b}"),
        format!("{id} "),
    ] {
        let twin = customer(&twin);
        assert_eq!(send(&twin, get(format!("/queries/orders/{order}"))).await.status, 404);
        assert_eq!(send(&twin, post(format!("/commands/orders/{order}/cancel"))).await.status, 403);
        assert_eq!(send(&twin, get("/queries/orders")).await.body["items"], json!([]));
    }
}

/// Percent-encodes every byte of `text` except ASCII letters, digits and hyphens.
fn escaped(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}
