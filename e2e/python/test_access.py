"""Signing keys, signed playback ids and playback restrictions through mux_python."""

import base64
import re
import unittest

import mux_python
from mux_python.exceptions import ApiException, NotFoundException

import client

keys = mux_python.SigningKeysApi(client.api_client())
older_keys = mux_python.URLSigningKeysApi(client.api_client())
restrictions = mux_python.PlaybackRestrictionsApi(client.api_client())


class Access(unittest.TestCase):
    def comes_and_goes(self, create, listed, get, delete):
        made = create().data
        self.assertRegex(made.created_at, r"^\d{10}$")
        self.assertRegex(base64.b64decode(made.private_key).decode(), r"^-----BEGIN (RSA )?PRIVATE KEY-----")
        self.assertIn(made.id, {key.id for key in listed(limit=100).data})
        shown = get(made.id).data
        self.assertEqual((shown.id, shown.private_key), (made.id, None))
        _, code, _ = delete(made.id)
        self.assertEqual(code, 204)
        with self.assertRaises(NotFoundException):
            get(made.id)

    def test_signing_keys_come_and_go(self):
        self.comes_and_goes(
            keys.create_signing_key,
            keys.list_signing_keys,
            keys.get_signing_key,
            keys.delete_signing_key_with_http_info,
        )

    def test_so_they_do_by_their_older_name(self):
        self.comes_and_goes(
            older_keys.create_url_signing_key,
            older_keys.list_url_signing_keys,
            older_keys.get_url_signing_key,
            older_keys.delete_url_signing_key_with_http_info,
        )

    def test_signed_ids_need_a_token(self):
        source = client.take(client.MEDIA[0])
        request = mux_python.CreatePlaybackIDRequest(policy=mux_python.PlaybackPolicy.SIGNED)
        made = client.assets.create_asset_playback_id(source.id, request).data
        self.assertEqual(made.policy, "signed")
        self.assertEqual(client.status(f"/{made.id}.m3u8"), 403)
        self.assertEqual(client.status(f"/{made.id}/p5/all/video/0.m4s"), 403)

    def test_restrictions_are_made_changed_and_deleted(self):
        made = restrictions.create_playback_restriction(
            mux_python.CreatePlaybackRestrictionRequest(
                referrer=mux_python.ReferrerDomainRestriction(
                    allowed_domains=["*.example.com"], allow_no_referrer=False
                ),
                user_agent=mux_python.UserAgentRestrictionRequest(
                    allow_no_user_agent=False, allow_high_risk_user_agent=False
                ),
            )
        ).data
        self.assertTrue(re.fullmatch(r"\d{10}", made.created_at) and re.fullmatch(r"\d{10}", made.updated_at))
        self.assertEqual(made.referrer.allowed_domains, ["*.example.com"])
        self.assertEqual(restrictions.get_playback_restriction(made.id).data.id, made.id)
        self.assertIn(made.id, {one.id for one in restrictions.list_playback_restrictions().data})
        referrer = mux_python.ReferrerDomainRestriction(allowed_domains=["example.com"], allow_no_referrer=True)
        changed = restrictions.update_referrer_domain_restriction(made.id, referrer).data
        self.assertEqual((changed.referrer.allowed_domains, changed.referrer.allow_no_referrer), (["example.com"], True))
        agent = mux_python.UserAgentRestrictionRequest(allow_no_user_agent=True, allow_high_risk_user_agent=False)
        changed = restrictions.update_user_agent_restriction(made.id, agent).data
        self.assertEqual(
            (changed.user_agent.allow_no_user_agent, changed.user_agent.allow_high_risk_user_agent), (True, False)
        )
        _, code, _ = restrictions.delete_playback_restriction_with_http_info(made.id)
        self.assertEqual(code, 204)
        with self.assertRaises(NotFoundException):
            restrictions.get_playback_restriction(made.id)

    def test_what_is_no_domain_is_refused(self):
        referrer = mux_python.ReferrerDomainRestriction(allowed_domains=["https://example.com"])
        with self.assertRaises(ApiException) as caught:
            restrictions.create_playback_restriction(mux_python.CreatePlaybackRestrictionRequest(referrer=referrer))
        self.assertEqual(caught.exception.status, 400)


if __name__ == "__main__":
    unittest.main()
