//! What finding the next job costs: a look into an index for each workspace, however many jobs are queued.

use super::Claim;
use crate::{Database, query_plan};

#[tokio::test]
async fn jobs_are_looked_up_in_their_order() {
    let db = Database::open("sqlite::memory:").await.unwrap();
    let claim = Claim { lane: "cut", owner: "a", now_ms: 5, lease_ms: 9, newcomers_only: true };
    let steps = query_plan::steps(&db, &claim.next_query()).await;
    let looks: Vec<_> = steps.iter().filter(|step| step.contains(" job ")).collect();
    assert_eq!(looks.len(), 5, "two steps, the first job, and what runs twice: {steps:?}");
    for look in &looks {
        assert!(look.contains("job_in_order (lane=? AND state=?"), "{steps:?}");
    }
    let by_workspace = looks.iter().filter(|look| look.contains("workspace=?")).count();
    assert_eq!(by_workspace, 3, "{steps:?}");
    // What is sorted is the first job of each workspace.
    let sorted = steps.iter().filter(|step| step.contains("TEMP B-TREE")).count();
    assert_eq!(sorted, 1, "{steps:?}");
    let steps = query_plan::steps(&db, &claim.lapsed_query()).await;
    assert!(steps[0].contains("INDEX job_") && steps[0].contains("state=?"), "{steps:?}");
}
