"""The calls of mux_python that clipping needs, each with what its model promises."""

import unittest

import mux_python
from mux_python.exceptions import ApiException, ForbiddenException, NotFoundException, UnauthorizedException

import client
from client import assets, playback_ids, uploads

UNKNOWN = "1" + "a" * 21


class Calls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.source = client.take(client.MEDIA[0])
        cls.clip = client.ready(client.ask_clip(cls.source.id, 1.0, 3.5).id)

    def test_a_ready_asset_is_whole(self):
        asset = assets.get_asset(self.source.id).data
        self.assertAlmostEqual(asset.duration, 7.8, delta=0.1)
        self.assertRegex(asset.created_at, r"^\d{10}$")
        self.assertRegex(asset.aspect_ratio, r"^\d+:\d+$")
        self.assertEqual(asset.resolution_tier, "720p")
        self.assertAlmostEqual(asset.max_stored_frame_rate, 30, delta=0.05)
        self.assertEqual((asset.progress.state, asset.progress.progress), ("completed", 100))
        self.assertEqual({track.type for track in asset.tracks}, {"video", "audio"})
        self.assertEqual(asset.ingest_type, "on_demand_direct_upload")
        self.assertEqual(asset.master_access, "none")

    def test_a_clip_is_exact(self):
        self.assertEqual(self.clip.duration, 2.5)
        self.assertEqual(self.clip.source_asset_id, self.source.id)

    def test_assets_are_listed(self):
        listed = assets.list_assets(limit=100).data
        self.assertTrue({self.source.id, self.clip.id} <= {asset.id for asset in listed})
        one = assets.list_assets(limit=1)
        self.assertEqual(len(one.data), 1)
        self.assertEqual(assets.list_assets(limit=100, page=50).data, [])
        found = assets.list_assets(upload_id=self.source.upload_id).data
        self.assertEqual([asset.id for asset in found], [self.source.id])

    def test_labels_are_changed(self):
        changed = assets.update_asset(self.clip.id, mux_python.UpdateAssetRequest(passthrough="order 9")).data
        self.assertEqual(changed.passthrough, "order 9")
        assets.update_asset(self.clip.id, mux_python.UpdateAssetRequest(passthrough=""))
        self.assertFalse(assets.get_asset(self.clip.id).data.passthrough)

    def test_input_info_names_the_source(self):
        info = assets.get_asset_input_info(self.clip.id).data
        self.assertEqual(info[0].settings.url, f"mux://assets/{self.source.id}")
        self.assertEqual((info[0].settings.start_time, info[0].settings.end_time), (1.0, 3.5))

    def test_playback_ids_come_and_go(self):
        request = mux_python.CreatePlaybackIDRequest(policy=mux_python.PlaybackPolicy.PUBLIC)
        made = assets.create_asset_playback_id(self.clip.id, request).data
        self.assertEqual(made.policy, "public")
        self.assertEqual(assets.get_asset_playback_id(self.clip.id, made.id).data.id, made.id)
        found = playback_ids.get_asset_or_livestream_id(made.id).data
        self.assertEqual((found.object.type, found.object.id), ("asset", self.clip.id))
        self.assertEqual(client.status(f"/{made.id}.m3u8"), 200)
        assets.delete_asset_playback_id(self.clip.id, made.id)
        self.assertEqual(client.status(f"/{made.id}.m3u8"), 404)

    def test_a_master_is_given_out_and_withdrawn(self):
        def access(word):
            request = mux_python.UpdateAssetMasterAccessRequest(master_access=word)
            return assets.update_asset_master_access(self.clip.id, request).data

        asked = access("temporary")
        self.assertEqual((asked.master_access, asked.master.status), ("temporary", "preparing"))

        def look():
            master = assets.get_asset(self.clip.id).data.master
            return master.status == "ready" and master.url

        path = client.until("the master is there", look).removeprefix(client.URL)
        self.assertEqual(client.status(path), 200)
        self.assertAlmostEqual(client.decoded_seconds(path), 2.5, delta=0.05)
        gone = access("none")
        self.assertEqual((gone.master_access, gone.master), ("none", None))
        self.assertEqual(client.status(path), 404)

    def test_uploads_are_listed_and_cancelled(self):
        request = mux_python.CreateUploadRequest(timeout=600, cors_origin="*", new_asset_settings=client.playable())
        made = uploads.create_direct_upload(request).data
        self.assertEqual((made.status, made.timeout, made.cors_origin), ("waiting", 600, "*"))
        self.assertIn(made.id, {upload.id for upload in uploads.list_direct_uploads(limit=100).data})
        self.assertEqual(uploads.cancel_direct_upload(made.id).data.status, "cancelled")
        with self.assertRaises(ForbiddenException):
            uploads.cancel_direct_upload(made.id)

    def test_a_deleted_asset_is_gone(self):
        asset = client.ready(client.ask_clip(self.source.id, None, None).id)
        _, code, _ = assets.delete_asset_with_http_info(asset.id)
        self.assertEqual(code, 204)
        with self.assertRaises(NotFoundException):
            assets.get_asset(asset.id)
        self.assertEqual(client.status(f"/{asset.playback_ids[0].id}.m3u8"), 404)

    def test_errors_are_the_sdks_own(self):
        with self.assertRaises(NotFoundException):
            assets.get_asset(UNKNOWN)
        with self.assertRaises(UnauthorizedException):
            mux_python.AssetsApi(client.api_client(secret="wrong")).list_assets()
        for start, end in [(1.0, 1.2), (3.0, 1.0)]:
            with self.assertRaises(ApiException) as caught:
                client.ask_clip(self.source.id, start, end)
            self.assertEqual(caught.exception.status, 400)


if __name__ == "__main__":
    unittest.main()
