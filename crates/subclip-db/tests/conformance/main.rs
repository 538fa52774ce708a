//! One suite that every database must pass: each case is a function of a fresh, empty [`Database`].

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod assets;
mod build;
mod ends;
mod events;
mod garbage;
mod garbage_model;
mod jobs;
mod jobs_concurrent;
mod jobs_shared;
mod masters;
mod sounds;
mod texts;
mod timelines;
mod transactions;
mod uploads;
mod workspaces;

use subclip_db::Database;

/// Runs every case on every kind of database; another kind is another module here, with its own way to open one.
macro_rules! conformance {
    ($($module:ident: $($case:ident)*;)*) => {
        mod file {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let folder = tempfile::tempdir().unwrap();
                    let path = folder.path().join("state.db");
                    let db = super::Database::open(path.to_str().unwrap()).await.unwrap();
                    super::$module::$case(db.clone()).await;
                    db.close().await.unwrap();
                }
            )*)*
        }

        mod memory {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let db = super::Database::open("sqlite::memory:").await.unwrap();
                    super::$module::$case(db).await;
                }
            )*)*
        }
    };
}

conformance! {
    workspaces: default_workspace_is_made_once tokens_belong_to_a_workspace revoked_tokens_are_forgotten_in_time;
    access: signing_keys_belong_to_a_workspace restrictions_change_and_go secrets_are_drawn_once;
    assets: asset_reads_back assets_are_listed_newest_first assets_are_filtered only_preparing_assets_change
        deleting_an_asset_takes_its_playback_ids settings_are_replaced;
    uploads: upload_reads_back uploads_leave_waiting_once uploads_expire uploads_are_listed_newest_first;
    events: events_read_back_in_order events_are_forgotten_unless_to_be_delivered webhooks_read_back_and_change
        webhooks_remember_since_when_they_fail an_event_is_queued_to_many_at_once
        deliveries_of_a_subject_wait_for_each_other lines_always_have_a_first
        webhooks_are_due_while_something_is deliveries_are_leased deliveries_are_listed_and_given_up
        attempts_are_logged_up_to_a_bound;
    timelines: track_reads_back timeline_reads_back timeline_of_a_missing_track_is_refused
        tracks_need_an_object equal_edges_are_one tracks_of_an_asset;
    jobs: job_reads_back highest_priority_then_oldest_goes_first time_and_lane_are_kept lapsed_lease_is_taken_up
        lost_lease_changes_nothing equal_jobs_are_queued_once retry_waits_its_turn failed_job_is_kept
        failures_and_deaths_are_counted_apart given_back_work_is_as_if_not_begun
        waiting_jobs_are_released cancelled_work_goes exhausted_jobs_are_reaped;
    jobs_shared: workspaces_take_turns places_are_kept_for_newcomers a_crowd_keeps_nobody_waiting;
    jobs_concurrent: no_job_is_claimed_twice equal_jobs_queued_at_once_are_one lapsed_job_goes_to_one;
    garbage: what_a_timeline_shows_stays pins_hold_until_the_clip_is_cut held_objects_stay
        doomed_objects_take_no_tracks collecting_twice_names_objects_until_forgotten
        partly_shown_tracks_are_shrinkable moved_spans_show_the_same raced_move_changes_nothing
        everything_known_is_named edges_keep_nothing_alive;
    garbage_model: collector_agrees_with_the_model;
    sounds: sounds_read_back_and_change sounds_are_never_numbered_alike sounds_are_settled_once
        sounds_hold_what_they_are_made_of
        an_asset_may_have_had_any_number_of_sounds;
    ends: assets_end_in_their_order;
    masters: masters_are_settled_once masters_end_when_their_time_is_over;
    texts: captions_read_back_and_change captions_are_settled_once;
    transactions: dropped_transaction_leaves_nothing transaction_reads_its_own_writes
        read_then_write_never_conflicts batches_are_large;
}
