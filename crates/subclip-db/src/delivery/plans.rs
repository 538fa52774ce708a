//! What finding the next deliveries costs: it goes through what is on its way, never through the log, whose rows are in none
//! of the indexes that are looked into.

use subclip_core::WebhookId;

use super::{line, work};
use crate::row::value;
use crate::{Database, query_plan, webhook};

#[tokio::test]
async fn deliveries_are_looked_up_in_what_is_on_its_way() {
    let db = Database::open("sqlite::memory:").await.unwrap();
    let to = WebhookId::from_bytes([1; 16]);
    for (query, index) in [
        (line::due_query(5), "delivery_due"),
        (line::in_flight_query(5), "delivery_leased"),
        (line::first(to, [2; 16]), "delivery_pending"),
        (line::busy_query(vec![value(&to), value(&to)], [2; 16]), "delivery_pending"),
        (line::free(to, 5, 9), "delivery_pending"),
        (line::waiting(to, 5, 9), "delivery_due"),
        (work::claimable_query(to, 5, 9), "delivery_due"),
        (webhook::to_be_emptied_query(5, 9), "delivery_pending"),
    ] {
        let steps = query_plan::steps(&db, &query).await;
        let looks: Vec<_> = steps.iter().filter(|step| step.contains(" delivery ")).collect();
        assert!(!looks.is_empty(), "{steps:?}");
        for look in looks {
            assert!(look.contains(&format!("INDEX {index}")), "{steps:?}");
        }
        assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "nothing is sorted: {steps:?}");
    }
    let steps = query_plan::steps(&db, &line::due_query(5)).await;
    assert!(!steps.iter().any(|step| step.contains("SCAN webhook")), "not all webhooks: {steps:?}");
}
