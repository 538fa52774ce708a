//! One suite that every place for bytes must pass: each case is a function of a fresh, empty [`Storage`].

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod build;
mod concurrent;
mod files;
mod objects;
mod staging;

use subclip_storage::Storage;

/// Runs every case on every kind of store; another kind is another module here, with its own way to open one.
macro_rules! conformance {
    ($($module:ident: $($case:ident)*;)*) => {
        mod local {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let folder = tempfile::tempdir().unwrap();
                    let storage = super::Storage::local(&folder.path().join("store")).unwrap();
                    super::$module::$case(storage).await;
                }
            )*)*
        }

        mod memory {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    super::$module::$case(super::Storage::memory()).await;
                }
            )*)*
        }
    };
}

conformance! {
    objects: what_is_put_is_got putting_again_replaces what_is_missing_is_not_found deleting_twice_is_once
        ranges_are_exact ranges_beyond_the_end_are_refused objects_and_indexes_are_apart everything_is_listed
        a_stream_comes_in_pieces a_stream_outlives_deletion large_objects_read_back a_store_has_one_owner;
    files: placed_files_hold_the_bytes placing_refuses_to_overwrite adopted_files_are_moved
        missing_files_are_not_adopted;
    staging: what_arrived_can_be_read uploads_grow_at_their_end overlaps_are_skipped_and_gaps_refused
        what_arrived_before_a_break_is_kept finishing_makes_an_object_once truncating_drops_the_end
        a_deleted_upload_takes_nothing uploads_are_listed empty_uploads_can_be_finished
        what_a_dropped_transfer_wrote_is_kept a_held_upload_is_nobody_elses files_from_outside_are_bounded;
    concurrent: readers_never_see_half_an_object one_appends_at_a_time a_busy_upload_is_left_alone
        sweeping_leaves_writers_alone many_write_at_once;
}
