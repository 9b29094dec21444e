//! Tests the life cycles of an order.

use serde_json::json;

use crate::scenarios::support::shop;

#[tokio::test]
async fn an_order_is_created_confirmed_shipped_and_delivered() {
    let shop = shop();
    let created = shop.send(e2e::post("/commands/orders").json(&shop.order())).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let order = created.body["order_id"].as_str().expect("an id").to_owned();
    assert_eq!(created.body, json!({"order_id": order, "version": 1, "status": "pending"}));
    assert_eq!(created.header("location"), format!("/queries/orders/{order}"));
    assert_eq!(created.header("etag"), "\"1\"");

    let confirmed = shop.confirm(&order).await;
    assert_eq!((confirmed.status, confirmed.header("etag")), (200, "\"2\""));
    assert_eq!(confirmed.body, json!({"order_id": order, "version": 2, "status": "confirmed"}));
    let shipped = shop.ship(&order).await;
    assert_eq!(shipped.body, json!({"order_id": order, "version": 3, "status": "shipped"}));

    let view = shop.view(&order, 3).await.body;
    assert_eq!(view["order_id"], order.as_str());
    assert_eq!(view["user_id"], shop.user.as_str());
    assert_eq!(view.get("confirmed_by"), None, "a customer does not see the ids of the staff");
    let seen_by_staff = shop.operate(e2e::get(format!("/queries/orders/{order}"))).await;
    assert_eq!(seen_by_staff.body["confirmed_by"], "clerk");
    assert_eq!((&view["status"], &view["version"]), (&json!("shipped"), &json!(3)));
    assert_eq!((&view["total_amount_cents"], &view["currency"]), (&json!(10_237), &json!("EUR")));
    let ordered = shop.order()["items"].clone();
    for index in 0..3 {
        let item = &view["items"][index];
        for member in ["product_id", "quantity", "unit_price_cents"] {
            assert_eq!(item[member], ordered[index][member]);
        }
        assert!(item["name"].is_string(), "the item has no name from the catalog: {item}");
    }
    assert_eq!(
        (&view["carrier"], &view["tracking_number"]),
        (&json!("DHL"), &json!("JJD000390007827346012"))
    );

    let delivered = shop.deliver(&order).await;
    assert_eq!(delivered.body, json!({"order_id": order, "version": 4, "status": "delivered"}));
    assert_eq!(shop.view(&order, 4).await.body["status"], "delivered");
}

#[tokio::test]
async fn an_order_is_cancelled_before_and_after_its_confirmation() {
    let shop = shop();
    let early = shop.created().await;
    assert_eq!(
        shop.cancel(&early).await.body,
        json!({"order_id": early, "version": 2, "status": "cancelled"})
    );
    let late = shop.created().await;
    shop.confirm(&late).await;
    assert_eq!(shop.cancel(&late).await.body, json!({"order_id": late, "version": 3, "status": "cancelled"}));
    let view = shop.view(&late, 3).await.body;
    assert_eq!((&view["status"], &view["cancel_reason"]), (&json!("cancelled"), &json!("changed my mind")));
}
