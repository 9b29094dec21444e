//! Tests the words of an order, the terms that match them, and the limits.

use views::{IndexedWords, InvalidTerms, MAX_POSTINGS, SearchFilter, SearchTerms, WordSource};

use super::fixture::{Order, SearchFixture, ids, line, order, search};

#[tokio::test]
async fn an_order_is_found_by_words_of_its_products_user_and_parcel() {
    let lines = vec![line("coffee-beans-1kg", Some("Espresso Forte")), line("kettle", None)];
    let parcel = Some(("JJD000390007827346012".to_owned(), "DHL Express".to_owned()));
    let fixture = SearchFixture::with(&[Order { lines, parcel, ..order(1, "ada@example.com", "") }]).await;
    for q in ["espresso", "FORTE", "coffee", "1kg", "kettle", "ada", "com", "JJD000390007827346012", "dhl"] {
        assert_eq!(fixture.find(q).await, [1], "{q}");
    }
    assert_eq!(fixture.find("dhl kettle, espresso!").await, [1], "every term matches");
    assert_eq!(fixture.find("dhl kettle tea").await, [], "one term does not match");
}

#[tokio::test]
async fn a_term_matches_the_beginning_of_a_word() {
    let fixture = SearchFixture::with(&[order(1, "u", "coffee-to-go"), order(2, "u", "cocoa")]).await;
    assert_eq!(fixture.find("coffe").await, [1]);
    assert_eq!(fixture.find("cof").await, [1]);
    assert_eq!(fixture.find("off").await, [], "a term must match the beginning of a word");
    for q in ["co", "c"] {
        assert_eq!(fixture.find(q).await, [2, 1], "{q}");
    }
    assert_eq!(fixture.find("g").await, [1]);
    assert_eq!(fixture.find("to").await, [1]);
    assert_eq!(fixture.find("of").await, []);
    assert_eq!(fixture.find("u").await, [2, 1]);
    assert_eq!(
        fixture.find("go coff").await,
        [1],
        "the longer term leads, and the shorter one must match too"
    );
}

#[tokio::test]
async fn only_the_current_status_is_a_word_of_an_order() {
    let shipped = |id, product| Order { status: "shipped".to_owned(), ..order(id, "u", product) };
    let all = [order(1, "u", "shipping-box"), shipped(2, "kettle"), order(3, "u", "kettle")];
    let fixture = SearchFixture::with(&all).await;
    assert_eq!(fixture.find("Shipped").await, [2]);
    assert_eq!(fixture.find("shipped kettle").await, [2]);
    assert_eq!(fixture.find("pend kett").await, [3]);
    assert_eq!(fixture.find("ship").await, [2, 1], "the term matches a status and a product's word");
    assert_eq!(fixture.find("ship pending").await, [1]);
    assert_eq!(fixture.find("pe").await, [3, 1]);
    assert_eq!(fixture.find("sh").await, [2, 1]);
    let shipping = SearchFilter { status: Some("pending".to_owned()), ..search("ship") };
    assert_eq!(ids(&fixture.page(&shipping, 20, None).await), [1]);
}

#[tokio::test]
async fn case_and_unicode_form_do_not_matter() {
    let lines = vec![line("p1", Some("Ｃａｆｅ\u{301} Ünïcode Straße 日本茶"))];
    let fixture = SearchFixture::with(&[Order { lines, ..order(1, "u", "") }]).await;
    for q in [
        "café",
        "CAFE\u{301}",
        "cafe\u{301}",
        "ÜNÏCODE",
        "straße",
        "STRASSE",
        "strasse",
        "STRAẞE",
        "stra",
        "日本茶",
        "日本茶 p1",
        "日",
    ] {
        assert_eq!(fixture.find(q).await, [1], "{q}");
    }
    assert_eq!(fixture.find("cafe").await, [], "an accent is significant");
}

#[tokio::test]
async fn a_text_is_found_by_every_spelling_that_differs_only_in_case() {
    // The last pair differs in its first three characters, which select the partition of the postings.
    let pairs =
        [("ΟΔΟΣ", "οδος"), ("ὈΔΥΣΣΕΎΣ", "ὀδυσσεύς"), ("ﬃx", "FFIX"), ("Maß", "MASS"), ("ßen", "SSEN")];
    for (written, searched) in pairs {
        for (name, q) in [(written, searched), (searched, written)] {
            let lines = vec![line("p1", Some(name))];
            let fixture = SearchFixture::with(&[Order { lines, ..order(1, "u", "") }]).await;
            assert_eq!(fixture.find(q).await, [1], "{q} finds {name}");
            let user = SearchFilter { user_id: Some("u".to_owned()), ..search(q) };
            assert_eq!(
                ids(&fixture.page(&user, 20, None).await),
                [1],
                "{q} finds {name} among the user's orders"
            );
        }
    }
}

/// The search checks longer words in the order's view.
#[tokio::test]
async fn a_posting_has_up_to_a_hundred_bytes_of_words() {
    for (length, requests) in [(100, &["Query"][..]), (101, &["Query", "BatchGetItem"][..])] {
        let fixture = SearchFixture::with(&[order(1, "u", &"a".repeat(length))]).await;
        assert_eq!(fixture.find("aaab").await, []);
        assert_eq!(fixture.db.recorder().requests(), requests, "{length} bytes");
        assert_eq!(fixture.find("aaaa").await, [1]);
    }
}

#[test]
fn a_search_has_one_to_eight_words() {
    let parse = |text: &str| text.parse::<SearchTerms>();
    assert_eq!(parse("-- !"), Err(InvalidTerms::Count));
    assert_eq!(parse("a b c d e f g h i"), Err(InvalidTerms::Count));
    assert!(parse("a b c d e f g h a A").is_ok(), "a repeated word counts once");
    assert_eq!(parse(&"a".repeat(201)), Err(InvalidTerms::TooLong));
    assert!(parse(&"日".repeat(200)).is_ok(), "the limit counts characters, not bytes");
}

/// The order has fifty products with ten words each, a user id with forty words, and a parcel with twenty words.
#[tokio::test]
async fn the_postings_of_an_order_are_limited() {
    let many = |seed: usize, count: usize| {
        (0..count).map(|word| letters(40 * seed + word)).collect::<Vec<_>>().join(" ")
    };
    let lines: Vec<_> = (0..50).map(|product| line("", Some(&many(100 + product, 10)))).collect();
    let largest = Order { lines, parcel: Some((many(1, 10), many(2, 10))), ..order(1, &many(3, 40), "") };
    let fixture = SearchFixture::new().await;
    fixture.index(&largest).await;
    assert!(
        (fixture.db.recorder().write_units() - f64::from(u8::try_from(MAX_POSTINGS).unwrap())).abs() < 0.1
    );
    assert_eq!(MAX_POSTINGS, 64);
    assert_eq!(
        fixture.db.recorder().requests(),
        ["BatchWriteItem"; 4],
        "three requests for the opening and one for the parcel"
    );

    fixture.view(&largest).await;
    for product in 0..50 {
        let first = letters(40 * (100 + product));
        assert_eq!(fixture.find(&first).await, [1], "the first word of every product is indexed");
    }
    let beyond = letters(40 * 149 + 9);
    assert_eq!(fixture.find(&beyond).await, [], "words beyond the bound are not indexed");
    assert_eq!(
        fixture.find(&format!("{beyond} {}", letters(40 * 100))).await,
        [],
        "a word without a posting is not found if another term leads either"
    );
}

#[tokio::test]
async fn postings_are_few_and_written_without_conditions() {
    let fixture = SearchFixture::new().await;
    let small = order(1, "user-0042", "coffee-beans-1kg");
    for _ in 0..2 {
        fixture.index(&small).await;
        assert_eq!(fixture.db.recorder().requests(), ["BatchWriteItem"]);
        assert!((fixture.db.recorder().write_units() - 5.0).abs() < 0.1, "user, 0042, coffee, beans, 1kg");
        fixture.db.recorder().clear();
    }
    fixture.postings.put(small.posted(), WordSource::Opening, &IndexedWords::default()).await.unwrap();
    assert!(fixture.db.recorder().requests().is_empty());
}

/// Three letters that are unique for `number`.
pub(super) fn letters(number: usize) -> String {
    let letter = |number: usize| char::from(b'a' + u8::try_from(number % 26).unwrap());
    [number / 676, number / 26, number].map(letter).iter().collect()
}
